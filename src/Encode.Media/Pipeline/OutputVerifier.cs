using Encode.Contracts.Jobs;
using Encode.Media.IO;
using Encode.Media.Libav;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Pipeline;

/// <summary>
/// Checks a finished output before it gets its name: it opens, every packet is there, timestamps only go forward, the length is right, and
/// the last GOP decodes to as many pictures as it has packets. A file that was cut, or whose end never reached the disk, fails this.
/// </summary>
public static class OutputVerifier
{
    /// <summary>Re-opens every file of the outputs and compares it with what the encoders counted.</summary>
    /// <param name="outputs">The files in the order of the request's, open for reading; they stay the caller's.</param>
    /// <param name="expected">What <see cref="Transcoder.Run"/> returned.</param>
    /// <param name="cancel">Ends the check between packets.</param>
    /// <exception cref="MediaException">A file is not what was made (class platform).</exception>
    public static void Verify(IReadOnlyList<SafeFileHandle> outputs, TranscodeResult expected, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(expected);
        if (outputs.Count != expected.Files.Count)
        {
            throw new ArgumentException($"{outputs.Count} files were given and {expected.Files.Count} were made", nameof(outputs));
        }

        for (int i = 0; i < outputs.Count; i++)
        {
            Verify(outputs[i], expected.Files[i], expected, cancel);
        }
    }

    /// <summary>Re-opens the only output and compares it with what the encoder counted.</summary>
    /// <param name="output">The file, open for reading; stays the caller's.</param>
    /// <param name="expected">What <see cref="Transcoder.Run"/> returned.</param>
    /// <param name="cancel">Ends the check between packets.</param>
    /// <exception cref="MediaException">The file is not what was made (class platform).</exception>
    public static void Verify(SafeFileHandle output, TranscodeResult expected, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(output);
        Verify([output], expected, cancel);
    }

    private static void Verify(SafeFileHandle output, FileResult made, TranscodeResult expected, CancellationToken cancel)
    {
        MediaRuntime.Initialize();
        try
        {
            using var file = new BorrowedFile(output);
            if (file.Length != made.Bytes)
            {
                throw Wrong($"it has {file.Length} bytes and {made.Bytes} were written");
            }

            if (!made.HasMedia)
            {
                return;
            }

            using InputContext input = InputContext.OpenIndexed(file, cancel);
            using var check = new OutputCheck(input, cancel);
            check.ReadAll();
            check.Compare(made, [.. made.Renditions.Select(name => expected.Renditions.First(rendition => rendition.Name == name))]);
            check.DecodeLastGops();
        }
        catch (MediaException error) when (error.Class == ErrorClass.Input)
        {
            throw Wrong(error.Message, error);
        }
        catch (IOException error)
        {
            throw Wrong(error.Message, error);
        }
    }

    internal static MediaException Wrong(string what, Exception? inner = null) =>
        new(ErrorClass.Platform, $"verify the output: {what}; the disk or the encoder of this host is not to be trusted, try another", inner);
}
