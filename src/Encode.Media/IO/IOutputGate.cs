namespace Encode.Media.IO;

/// <summary>
/// Hears how far files are final while they are still being made, so that they can be sent on meanwhile, and may hold back whoever writes
/// them. Only files that grow at their end and nowhere else are told of: MPEG-TS, and the tracks of a CMAF folder. Those whose start is
/// rewritten at the end (MP4 with its index first, Matroska and WebM with their length and cues) are final when the run is over.
/// </summary>
public interface IOutputGate
{
    /// <summary>A file has grown. Called on the thread that writes it, which waits until this returns: so an encoder is slowed down.</summary>
    /// <param name="file">Which of <see cref="Pipeline.TranscodeRequest.Outputs"/>.</param>
    /// <param name="bytes">So many bytes from its start will not change any more; never less than before.</param>
    /// <param name="stop">Signalled when the job was canceled or another part of it failed.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled; thrown within 100 ms of it.</exception>
    void Grew(int file, long bytes, CancellationToken stop);
}
