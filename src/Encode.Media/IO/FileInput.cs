using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.IO;

/// <summary>An input that is whole on disk. Owns the file.</summary>
public sealed class FileInput(SafeFileHandle file) : MediaInput
{
    /// <inheritdoc/>
    public override long Length { get; } = LengthOf(file);

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
    {
        try
        {
            return RandomAccess.Read(file, buffer, offset);
        }
        catch (IOException error)
        {
            throw new MediaException(ErrorClass.Platform, $"read the input: {error.Message}; check the disk or mount that holds it", error);
        }
    }

    private static long LengthOf(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (NotSupportedException error)
        {
            throw new MediaException(ErrorClass.Input, "open the input: it is not a regular file; write a pipe's content to a file first", error);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
