using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>
/// Where attempts keep what they have encoded: a folder each below <c>segments</c> in <c>--work</c>. A cell gets open files and no path. They
/// outlive a cell that dies, and a pause, also one across a restart of the agent; every other end of an attempt deletes them.
/// </summary>
/// <param name="root">The folder of all attempts.</param>
/// <param name="interval">Wall-clock time between two cuts.</param>
internal sealed class SegmentFolder(string root, TimeSpan interval)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the files of an attempt, those of before where there are some; null for a job that cannot be cut.</summary>
    /// <exception cref="AttemptException">The disk refuses.</exception>
    internal AttemptSegments? Open(JobOffer offer)
    {
        if (!SegmentFiles.CanCut(offer.Settings))
        {
            return null;
        }

        string folder = PathOf(offer.Key);
        List<SafeFileHandle> files = [];
        try
        {
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
            files.Add(OpenFile(folder, "index"));
            files.AddRange(offer.Settings.Video.Select((_, index) => OpenFile(folder, FormattableString.Invariant($"v{index}"))));
            return new AttemptSegments(new SegmentFiles { Index = files[0], Tracks = files[1..], Interval = interval });
        }
        catch (IOException cause)
        {
            files.ForEach(file => file.Dispose());
            throw DiskErrors.From(cause, "keep what is encoded in --work");
        }
        catch (UnauthorizedAccessException cause)
        {
            files.ForEach(file => file.Dispose());
            throw new AttemptException(ErrorClass.Platform, $"keep what is encoded in --work: {cause.Message.TrimEnd('.')}; give the agent's user its folder back", cause);
        }
    }

    /// <summary>Deletes the files of an attempt; what still has them open may go on. What cannot be deleted is left to the next start.</summary>
    internal void Delete(AttemptKey key) => Delete(PathOf(key));

    /// <summary>Deletes the files of all attempts but these.</summary>
    internal void Sweep(IEnumerable<AttemptKey> paused)
    {
        HashSet<string> kept = [.. paused.Select(PathOf)];
        foreach (string folder in Directory.EnumerateDirectories(root).Where(folder => !kept.Contains(folder)))
        {
            Delete(folder);
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // It is not there, or somebody else's: neither may hide how the attempt ended, nor keep the agent from starting.
        }
    }

    private static SafeFileHandle OpenFile(string folder, string name)
    {
        SafeFileHandle file = File.OpenHandle(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.SetUnixFileMode(file, Private);
        return file;
    }

    // Both come from the master and are checked nowhere else: an id has hexadecimal digits, so that no name leads out of the folder.
    private string PathOf(AttemptKey key) => key.JobId.All(char.IsAsciiLetterOrDigit)
        ? Path.Combine(root, FormattableString.Invariant($"{key.JobId}.{key.Attempt}"))
        : throw new AttemptException(ErrorClass.Settings, $"keep what is encoded in --work: '{key.JobId}' is no id of a job; the master is of another version");
}
