namespace Encode.Master.Store;

/// <summary>The answer to the beginning of an upload.</summary>
/// <param name="Begun">False when the name is taken by a complete file, or reserved (409).</param>
/// <param name="File">The row to fill: new, or of an upload that was cut and may be resumed; else the complete file. Not to be used where it is reserved.</param>
public sealed record BeginFileResult(bool Begun, FileRow File)
{
    /// <summary>The accepted job that gets the name; null when nobody waits for it.</summary>
    public string? ReservedFor { get; init; }
}
