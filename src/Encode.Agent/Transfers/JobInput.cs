using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

/// <summary>An input as the cell gets it: an open file, perhaps with parts that are still on their way.</summary>
/// <param name="File">The file or the spool.</param>
/// <param name="Bytes">Length of the whole input.</param>
/// <param name="Spool">Fetches what is missing; null for a local file.</param>
internal sealed record JobInput(SafeFileHandle File, long Bytes, Spool? Spool = null) : IAsyncDisposable
{
    /// <summary>What changes when the input does: a file's inode and times, a server's ETag or time. Null where that is not told, or does not tell versions apart.</summary>
    internal string? Version { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Spool is not null)
        {
            await Spool.DisposeAsync().ConfigureAwait(false);
        }

        File.Dispose();
    }
}
