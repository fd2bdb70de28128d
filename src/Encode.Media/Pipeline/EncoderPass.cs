using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// Which pass of two an encoder makes. The first writes what it learnt to a file (and to others named after it with <c>.mbtree</c>,
/// <c>.cutree</c> and <c>.temp</c>), and its packets are worth nothing; the second reads them. Both see the same pictures.
/// </summary>
internal readonly record struct EncoderPass
{
    /// <summary>Where a process finds its open files under paths (proc(5)).</summary>
    private const string OpenFiles = "/proc/self/fd";

    /// <summary>Bytes that there must be room for when all are written: more than what an encoder may hold in a buffer.</summary>
    private const int LeastRoom = 64 << 10;

    private EncoderPass(int number, string statistics)
    {
        Number = number;
        Statistics = statistics;
    }

    /// <summary>The only pass.</summary>
    public static EncoderPass Only => default;

    /// <summary>0 for the only pass, 1 or 2 of two.</summary>
    public int Number { get; }

    /// <summary>Path of the statistics; null for the only pass.</summary>
    public string? Statistics { get; }

    /// <summary>What the encoder of a rendition makes in a run. Each rendition has statistics of its own.</summary>
    /// <exception cref="MediaException">There is no place for statistics (class platform).</exception>
    public static EncoderPass Of(TranscodeRun run, RenditionLane lane)
    {
        if (lane.Settings.Passes < 2)
        {
            return Only;
        }

        string path = string.Create(CultureInfo.InvariantCulture, $"{FolderOf(run)}/{lane.Track}");
        return run.Purpose == RunPurpose.Analyze ? First(Writable(path)) : Second(path);
    }

    /// <summary>The pass that writes the statistics.</summary>
    /// <param name="statistics">A path that does not exist yet; see <see cref="Second"/>.</param>
    public static EncoderPass First(string statistics) => new(1, Checked(statistics));

    /// <summary>The pass that reads the statistics.</summary>
    /// <param name="statistics">
    /// Path of letters, digits and <c>. _ - / +</c>: it travels inside an option string of x265, which has its own meaning for all others.
    /// </param>
    /// <exception cref="MediaException">The path has another character (class platform).</exception>
    public static EncoderPass Second(string statistics) => new(2, Checked(statistics));

    /// <summary>
    /// Looks whether statistics may be missing because there was no room for them: encoders do not say why they fail, and what they write last they do not
    /// look after.
    /// </summary>
    /// <param name="run">The run that wrote them.</param>
    /// <exception cref="MediaException">There is no room for more (class resource).</exception>
    public static void ThrowIfFull(TranscodeRun run)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{FolderOf(run)}/room");
        try
        {
            using FileStream probe = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            probe.Write(new byte[LeastRoom]);
        }
        catch (IOException refused) when (LibavError.IsFull(refused))
        {
            throw new MediaException(ErrorClass.Resource, $"keep the statistics of two passes: {refused.Message.TrimEnd('.')}; make room in the --work folder", refused);
        }
        catch (Exception other) when (other is IOException or UnauthorizedAccessException)
        {
            // Not what is asked.
        }
    }

    private static string FolderOf(TranscodeRun run)
    {
        if (run.Request.Scratch is not { } folder)
        {
            throw new MediaException(ErrorClass.Platform, "keep the statistics of two passes: no folder for them was given; this is a fault of the program, report it");
        }

        string path = string.Create(CultureInfo.InvariantCulture, $"{OpenFiles}/{folder.DangerousGetHandle()}");
        return Directory.Exists(path)
            ? path
            : throw new MediaException(ErrorClass.Platform, $"keep the statistics of two passes: {path} is no folder; mount /proc, or ask for passes 1");
    }

    /// <summary>Looks whether a file can be made there: an encoder that cannot make it only says that it does not open.</summary>
    private static string Writable(string path)
    {
        try
        {
            using FileStream probe = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            return path;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new MediaException(ErrorClass.Platform, $"keep the statistics of two passes: {refused.Message.TrimEnd('.')}; look whether the --work folder can be written and has room", refused);
        }
    }

    private static string Checked(string path) => path.Length > 0 && path.All(letter => char.IsAsciiLetterOrDigit(letter) || "._-/+".Contains(letter))
        ? path
        : throw new MediaException(
            ErrorClass.Platform,
            $"keep the statistics of two passes in '{path}': the encoders' options cannot carry such a path; choose a --work folder of letters, digits and . _ - / +");
}
