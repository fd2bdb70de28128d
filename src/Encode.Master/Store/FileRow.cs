namespace Encode.Master.Store;

/// <summary>A file below <c>--files</c>. Its name is in this row alone; its content stands under an opaque id.</summary>
public sealed record FileRow
{
    /// <summary>What its content is called on disk: 32 hex digits.</summary>
    public required string ContentId { get; init; }

    /// <summary>What people call it; null while it is staged.</summary>
    public string? Name { get; init; }

    /// <summary>Where it stands.</summary>
    public required FileState State { get; init; }

    /// <summary>Its length in bytes; 0 while uploading.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of its content, lower-case hex; null while uploading.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The job that made it; null for an upload of a user.</summary>
    public string? JobId { get; init; }

    /// <summary>The attempt that made it; 0 for an upload of a user.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
