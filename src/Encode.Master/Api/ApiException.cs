using Encode.Contracts.Jobs;

namespace Encode.Master.Api;

/// <summary>Ends a request with a problem (RFC 9457). The detail is one sentence for the user: operation, object, hint.</summary>
public sealed class ApiException(int status, string detail, IReadOnlyList<JobProblem>? errors = null) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>Single problems, when there can be several.</summary>
    public IReadOnlyList<JobProblem> Errors { get; } = errors ?? [];

    /// <summary>A part of the API that this release does not have.</summary>
    public static ApiException NotYet(string what) => new(StatusCodes.Status501NotImplemented, $"{what} is not supported yet");
}
