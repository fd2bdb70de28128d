namespace Encode.Master.Store;

/// <summary>The answer to the beginning of an upload.</summary>
/// <param name="Begun">False when the name is taken by a complete file (409).</param>
/// <param name="File">The row to fill: new, or of an upload that was cut and may be resumed; else the complete file.</param>
public sealed record BeginFileResult(bool Begun, FileRow File);
