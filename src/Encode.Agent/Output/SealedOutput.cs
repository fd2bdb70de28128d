using Encode.Agent.Cells;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>What is known of outputs that were checked: their bytes are durable, complete and counted.</summary>
/// <param name="Files">The files of all outputs, in order, with those that are not used.</param>
/// <param name="VerifySeconds">What the check took.</param>
internal sealed record SealedOutput(IReadOnlyList<SealedFile> Files, double VerifySeconds)
{
    /// <summary>The files that belong to the outputs.</summary>
    internal IReadOnlyList<SealedFile> Used => [.. Files.Where(file => file.IsUsed)];

    /// <summary>Makes the bytes durable, lets the cell read them back, and hashes them, all at once.</summary>
    /// <param name="outputs">The outputs.</param>
    /// <param name="names">Names of their files, in order.</param>
    /// <param name="cell">The cell that wrote them.</param>
    /// <param name="result">What it says it wrote.</param>
    /// <param name="clock">What the check is timed on.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AttemptException">The check failed, or the disk did.</exception>
    internal static async Task<SealedOutput> MakeAsync(
        IReadOnlyList<IStagedOutput> outputs, IReadOnlyList<string> names, ICell cell, TranscodeResult result, TimeProvider clock, CancellationToken cancel)
    {
        long started = clock.GetTimestamp();
        SafeFileHandle[] files = [.. outputs.SelectMany(output => output.Files)];
        IReadOnlyList<long> written = [.. result.Files.Select(file => file.Bytes)];
        if (written.Count != files.Length)
        {
            throw new AttemptException(ErrorClass.Platform, $"check the output: the encoder wrote {written.Count} of {files.Length} files; choose one output, or another version of the agent");
        }

        Task sync = Task.WhenAll(outputs.Select(output => output.SyncAsync()));
        Task<List<SealedFile>> hash = HashAsync(files, names, cancel);
        Task verify = cell.VerifyAsync(result, cancel);
        await Task.WhenAll(sync, hash, verify).ConfigureAwait(false);
        List<SealedFile> made = await hash.ConfigureAwait(false);
        for (int index = 0; index < made.Count; index++)
        {
            if (made[index].Bytes != written[index])
            {
                throw new AttemptException(ErrorClass.Platform, $"check the output{(made[index].Name.Length > 0 ? " " : "")}{made[index].Name}: it has {made[index].Bytes} bytes and the encoder wrote {written[index]}; check the disk");
            }
        }

        return new SealedOutput(made, clock.GetElapsedTime(started).TotalSeconds);
    }

    // One after the other: a buffer a file at once would be a memory of its own.
    private static async Task<List<SealedFile>> HashAsync(SafeFileHandle[] files, IReadOnlyList<string> names, CancellationToken cancel)
    {
        List<SealedFile> made = [];
        foreach ((int index, SafeFileHandle file) in files.Index())
        {
            (long bytes, string sha256) = await OutputFolder.HashAsync(file, cancel).ConfigureAwait(false);
            made.Add(new SealedFile(names[index], bytes, sha256));
        }

        return made;
    }
}
