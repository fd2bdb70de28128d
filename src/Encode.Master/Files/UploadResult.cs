using Encode.Master.Store;

namespace Encode.Master.Files;

/// <summary>Where an upload stands after a part.</summary>
/// <param name="Received">Bytes that are here.</param>
/// <param name="File">The finished or staged file; null while parts are missing.</param>
public sealed record UploadResult(long Received, FileRow? File)
{
    /// <summary>Whether the sender does not hold the attempt any more, so that its output was thrown away.</summary>
    public bool IsRefused { get; init; }
}
