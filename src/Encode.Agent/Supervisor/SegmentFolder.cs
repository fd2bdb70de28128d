using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>
/// Where attempts keep what they have encoded: a folder each below <c>segments</c> in <c>--work</c>. A cell gets open files and no path. They
/// outlive a cell that dies, and a pause, also one across a restart of the agent; every other end of an attempt deletes them.
///
/// An agent that is killed ends no attempt, so what its attempts had kept is still there when it starts again (<see cref="Sweep"/>). The master
/// gives their jobs out as new attempts, with tokens of their own; the first of a job that comes back to this host within
/// <see cref="LeftPatience"/> gets the folder under its own name and goes on in it, if its input is the same (<see cref="AttemptSegments"/>) and its
/// settings and codecs are (the index says of what it is). Nothing of the dead attempt but encoded pictures gets into the new one.
/// </summary>
/// <param name="root">The folder of all attempts.</param>
/// <param name="interval">Wall-clock time between two cuts.</param>
/// <param name="log">Hears of what cannot be deleted, and of what is taken over.</param>
internal sealed class SegmentFolder(string root, TimeSpan interval, ILogger log)
{
    /// <summary>How long after its last cut an encode of a killed agent waits for its job: a lease, a queue, and a look of somebody at the host.</summary>
    internal static readonly TimeSpan LeftPatience = TimeSpan.FromHours(1);

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string IndexName = "index";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _left = [];

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
            TakeOver(offer.Key, folder);
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
            files.Add(OpenFile(folder, "input"));
            files.Add(OpenFile(folder, IndexName));
            files.AddRange(offer.Settings.Video.Select((_, index) => OpenFile(folder, FormattableString.Invariant($"v{index}"))));
            return new AttemptSegments(new SegmentFiles { Index = files[1], Tracks = files[2..], Interval = interval }, files[0]);
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

    /// <summary>Looks, at the start, at what an earlier run of the agent left.</summary>
    /// <param name="kept">Names of attempts whose files stay: those that stand still, and those whose journal could not be read.</param>
    /// <param name="done">Names of attempts whose output is complete: they need theirs no more.</param>
    internal void Sweep(IReadOnlyCollection<string> kept, IReadOnlyCollection<string> done)
    {
        foreach (string path in Directory.GetFileSystemEntries(root))
        {
            string name = Path.GetFileName(path);
            if (!AttemptNames.Is(name))
            {
                log.SegmentsUnknown(path);
            }
            else if (!kept.Contains(name) && (done.Contains(name) || !IsWorthKeeping(path)))
            {
                Delete(path);
            }
            else if (!kept.Contains(name))
            {
                lock (_lock)
                {
                    _left.Add(name);
                }
            }
        }
    }

    /// <summary>Deletes what was left too long ago.</summary>
    internal void DeleteOld()
    {
        foreach (string name in TakeLeft(name => !IsWorthKeeping(Path.Combine(root, name))))
        {
            Delete(Path.Combine(root, name));
        }
    }

    /// <summary>Gives an attempt what the newest one before it left; there is nothing to be had of those before that.</summary>
    private void TakeOver(AttemptKey key, string folder)
    {
        foreach (string name in TakeLeft(name => AttemptNames.JobOf(name) == key.JobId).OrderByDescending(AttemptNames.NumberOf))
        {
            string left = Path.Combine(root, name);
            if (left != folder && Directory.Exists(folder))
            {
                Delete(left);
                continue;
            }

            if (left != folder)
            {
                Directory.Move(left, folder);
            }

            log.SegmentsTakenOver(key.JobId, key.Attempt, AttemptNames.NumberOf(name));
        }
    }

    private string[] TakeLeft(Func<string, bool> isMeant)
    {
        lock (_lock)
        {
            string[] meant = [.. _left.Where(isMeant)];
            _left.ExceptWith(meant);
            return meant;
        }
    }

    /// <summary>Whether a folder has a cut, and had its last one not long ago. By the wall clock, since it may be of another boot; one that is in the future is wrong.</summary>
    private static bool IsWorthKeeping(string folder)
    {
        try
        {
            using SafeFileHandle index = File.OpenHandle(Path.Combine(folder, IndexName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            TimeSpan age = DateTime.UtcNow - File.GetLastWriteTimeUtc(index);
            return age >= TimeSpan.Zero && age < LeftPatience && SegmentFiles.CutOf(index) is not null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException) when (!Path.Exists(folder))
        {
            // A job that cannot be cut, or that ended before it kept anything.
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // It may neither hide how the attempt ended, nor keep the agent from starting.
            log.SegmentsNotDeleted(folder, cause.Message);
        }
    }

    private static SafeFileHandle OpenFile(string folder, string name)
    {
        SafeFileHandle file = File.OpenHandle(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.SetUnixFileMode(file, Private);
        return file;
    }

    private string PathOf(AttemptKey key) => Path.Combine(root, AttemptNames.Of(key));
}
