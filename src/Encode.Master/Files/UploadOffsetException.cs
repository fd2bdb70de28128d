namespace Encode.Master.Files;

/// <summary>A part of an upload does not begin where the part before ended.</summary>
public sealed class UploadOffsetException(string name, long sent, long received)
    : Exception($"receive '{name}': the part begins at byte {sent}, but {received} bytes are here; go on at byte {received}")
{
    /// <summary>Where the next part begins.</summary>
    public long Received { get; } = received;
}
