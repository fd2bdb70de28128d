using Microsoft.Win32.SafeHandles;

namespace Encode.Media.IO;

/// <summary>An input on a file that someone else owns and keeps open.</summary>
internal sealed class BorrowedFile(SafeFileHandle file) : MediaInput
{
    /// <inheritdoc/>
    public override long Length { get; } = RandomAccess.GetLength(file);

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop) => RandomAccess.Read(file, buffer, offset);
}
