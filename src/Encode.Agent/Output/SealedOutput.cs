using Encode.Agent.Cells;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Agent.Output;

/// <summary>What is known of an output that was checked: its bytes are durable, complete and counted.</summary>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Sha256">SHA-256, lower-case hex.</param>
/// <param name="VerifySeconds">What the check took.</param>
internal sealed record SealedOutput(long Bytes, string Sha256, double VerifySeconds)
{
    /// <summary>Makes the bytes durable, lets the cell read them back, and hashes them, all at once.</summary>
    /// <exception cref="AttemptException">The check failed, or the disk did.</exception>
    internal static async Task<SealedOutput> MakeAsync(OutputFile output, ICell cell, TranscodeResult result, TimeProvider clock, CancellationToken cancel)
    {
        long started = clock.GetTimestamp();
        Task sync = output.SyncAsync();
        Task<(long Bytes, string Sha256)> hash = output.HashAsync(cancel);
        Task verify = cell.VerifyAsync(result, cancel);
        await Task.WhenAll(sync, hash, verify).ConfigureAwait(false);
        (long bytes, string sha256) = await hash.ConfigureAwait(false);
        return bytes != result.Bytes
            ? throw new AttemptException(ErrorClass.Platform, $"check the output: it has {bytes} bytes and the encoder wrote {result.Bytes}; check the disk")
            : new SealedOutput(bytes, sha256, clock.GetElapsedTime(started).TotalSeconds);
    }
}
