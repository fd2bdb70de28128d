namespace Encode.Contracts.Jobs;

/// <summary>One thing that is wrong with a job as it was submitted.</summary>
/// <param name="Path">Which part, such as <c>outputs[0].url</c>; empty for the whole body.</param>
/// <param name="Message">One sentence: what is wrong and what would be right.</param>
public sealed record JobProblem(string Path, string Message);
