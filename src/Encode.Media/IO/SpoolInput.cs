using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.IO;

/// <summary>
/// An input that arrives while it is read: a sparse file that someone else fills, and a gate that tells when a range is there.
/// Ranges that were waited for once are remembered block by block, so that the gate is asked once a block. Owns the file, not the gate.
/// </summary>
public sealed class SpoolInput : MediaInput
{
    /// <summary>Bytes a gate is asked for at once: large enough to make asking cheap, small enough to start on.</summary>
    private const int BlockBytes = 256 * 1024;

    private readonly SafeFileHandle _file;
    private readonly ISpoolGate _gate;
    private readonly ulong[] _present;

    /// <summary>An input over a spool file of a known final length.</summary>
    public SpoolInput(SafeFileHandle file, long length, ISpoolGate gate)
    {
        _file = file;
        _gate = gate;
        Length = length;
        long blocks = (length + BlockBytes - 1) / BlockBytes;
        _present = new ulong[checked((int)((blocks + 63) / 64))];
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
    {
        if (offset >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        // One block at a time: a read that spans blocks returns what the first one has, which the contract allows.
        long block = offset / BlockBytes;
        long start = block * BlockBytes;
        int blockLength = (int)Math.Min(BlockBytes, Length - start);
        ulong bit = 1UL << (int)(block & 63);
        if ((_present[block / 64] & bit) == 0)
        {
            _gate.WaitFor(start, blockLength, stop);
            _present[block / 64] |= bit;
        }

        int count = (int)Math.Min(buffer.Length, start + blockLength - offset);
        try
        {
            return RandomAccess.Read(_file, buffer[..count], offset);
        }
        catch (IOException error)
        {
            throw new MediaException(ErrorClass.Platform, $"read the spooled input: {error.Message}; check the disk that holds --work", error);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
