namespace Encode.Media.IO;

/// <summary>Makes ranges of a sparse spool file available. Implemented by whoever fills the file.</summary>
public interface ISpoolGate
{
    /// <summary>Returns when the range is on disk, blocking the calling thread until then.</summary>
    /// <param name="offset">First byte of the range.</param>
    /// <param name="count">Length of the range; never beyond the end of the input.</param>
    /// <param name="stop">Signalled when the job was canceled, and when another part of it failed so that the range is of no use.</param>
    /// <exception cref="MediaException">The range cannot be had (class network).</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled; thrown within 100 ms of it.</exception>
    void WaitFor(long offset, int count, CancellationToken stop);
}
