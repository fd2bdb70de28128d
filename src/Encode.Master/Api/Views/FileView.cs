using Encode.Master.Store;

namespace Encode.Master.Api;

/// <summary>A finished file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hex.</param>
/// <param name="Job">The job that made it; absent for an upload.</param>
/// <param name="CreatedAt">When it was begun, UTC.</param>
public sealed record FileView(string Name, long Bytes, string Sha256, string? Job, DateTime CreatedAt)
{
    /// <summary>A row of a finished file as users see it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="name">Its name; a staged output has none in its row yet.</param>
    public static FileView Of(FileRow row, string name) => new(name, row.Bytes, row.Sha256 ?? "", row.JobId, row.CreatedAt.UtcDateTime);
}
