namespace Encode.Contracts.Jobs;

/// <summary>Where an output of a job goes.</summary>
/// <param name="Url"><c>upload:</c> or <c>file:</c>; a folder's ends in a slash.</param>
/// <param name="IfExists">What happens when the name is taken.</param>
public sealed record JobOutput(string Url, IfExists IfExists = IfExists.Fail)
{
    /// <summary>Whether it is a folder, whose files are named by <see cref="Scenarios.OutputNames"/>.</summary>
    public bool IsFolder => Url.EndsWith('/');
}
