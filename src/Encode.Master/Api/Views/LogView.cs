namespace Encode.Master.Api;

/// <summary>The log of a job, oldest line first.</summary>
/// <param name="Lines">The lines.</param>
public sealed record LogView(IReadOnlyList<LogLineView> Lines);
