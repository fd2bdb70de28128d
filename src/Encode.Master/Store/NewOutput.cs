using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <summary>Where an output of a job goes that is to be stored.</summary>
/// <param name="Url"><c>upload:</c> or <c>file:</c>; null means <c>upload:&lt;job id&gt;.&lt;container&gt;</c>, and <c>upload:&lt;job id&gt;/</c> for a folder.</param>
/// <param name="IfExists">What happens when the name is taken.</param>
public sealed record NewOutput(string? Url = null, IfExists IfExists = IfExists.Fail);
