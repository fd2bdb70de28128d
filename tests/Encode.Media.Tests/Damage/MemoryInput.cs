using Encode.Media.IO;

namespace Encode.Media.Tests.Damage;

/// <summary>An input that lies in memory.</summary>
internal sealed class MemoryInput(byte[] bytes) : MediaInput
{
    public override long Length => bytes.Length;

    public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
    {
        if (offset >= bytes.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan((int)offset);
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return count;
    }
}
