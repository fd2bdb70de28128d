namespace Encode.Contracts.Jobs;

/// <summary>Where an output of a submitted job goes.</summary>
/// <param name="Url">The place; null means <c>upload:</c> under the job's own id.</param>
/// <param name="IfExists">What happens when the name is taken.</param>
/// <param name="Path">Where the output stands in the body, for errors that are found later: <c>output</c> or <c>outputs[0]</c>.</param>
public sealed record RequestedOutput(JobUrl? Url, IfExists IfExists, string Path);
