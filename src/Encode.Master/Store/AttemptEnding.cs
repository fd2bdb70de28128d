using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <summary>The end of an attempt without a result, to be written down.</summary>
/// <param name="NodeId">The node that holds it.</param>
/// <param name="Key">The attempt and its fence.</param>
/// <param name="End">How it ended.</param>
/// <param name="Error">Why; null when the end is nobody's fault.</param>
/// <param name="Line">What the job's log says of it.</param>
public sealed record AttemptEnding(string NodeId, AttemptKey Key, AttemptEnd End, JobError? Error, string Line)
{
    /// <summary>The attempt's own log lines.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];
}
