using Encode.Media.IO;

namespace Encode.Media.Tests;

/// <summary>A file that calls a function before it hands out what lies behind a part of it, until that returns true.</summary>
internal sealed class StoppingInput(string path, double part, Func<bool> reached) : MediaInput
{
    /// <summary>Bytes handed out at once, so that the part is met at its place and not read over.</summary>
    private const int MaxRead = 16 << 10;

    private readonly FileInput _file = new(File.OpenHandle(path));
    private bool _called;

    public override long Length => _file.Length;

    public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
    {
        // The end of a file is looked at as it is opened, for its index.
        if (!_called && offset > Length * part && offset < Length * (part + 0.1))
        {
            _called = reached();
            stop.ThrowIfCancellationRequested();
        }

        return _file.ReadAt(offset, buffer[..Math.Min(MaxRead, buffer.Length)], stop);
    }

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }
}
