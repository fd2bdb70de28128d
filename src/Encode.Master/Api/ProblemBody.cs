using Encode.Contracts.Jobs;

namespace Encode.Master.Api;

/// <summary>The body of every error: RFC 9457.</summary>
/// <param name="Type">Always <c>about:blank</c>: the status says what kind of problem it is.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The status.</param>
/// <param name="Detail">One sentence: operation, object, hint.</param>
/// <param name="Errors">Single problems, when there can be several.</param>
public sealed record ProblemBody(string Type, string Title, int Status, string Detail, IReadOnlyList<JobProblem>? Errors);
