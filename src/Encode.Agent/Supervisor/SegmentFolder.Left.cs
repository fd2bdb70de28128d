using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <content>What is left over: found, handed back, taken over, given up.</content>
internal sealed partial class SegmentFolder
{
    private readonly Lock _lock = new();

    /// <summary>Names of what is left over, and since when.</summary>
    private readonly Dictionary<string, long> _left = [];

    /// <summary>Looks, at the start, at what an earlier run of the agent left.</summary>
    /// <param name="kept">Names of attempts whose files stay: those that stand still, and those whose journal could not be read.</param>
    /// <param name="done">Names of attempts whose output is complete: they need theirs no more.</param>
    internal void Sweep(IReadOnlyCollection<string> kept, IReadOnlyCollection<string> done)
    {
        foreach (string path in Entries())
        {
            string name = Path.GetFileName(path);
            if (!AttemptNames.Is(name))
            {
                log.SegmentsUnknown(path);
            }
            else if (kept.Contains(name))
            {
                continue;
            }
            else if (done.Contains(name))
            {
                Delete(name);
            }
            else if (WhyUseless(path) is { } why)
            {
                GiveUp(name, why);
            }
            else
            {
                Leave(name);
            }
        }
    }

    /// <summary>Leaves what an attempt has kept to the next one of its job, where it has a cut.</summary>
    internal void HandBack(AttemptKey key)
    {
        if (WhyUseless(PathOf(key)) is null)
        {
            Leave(AttemptNames.Of(key));
        }
        else
        {
            Delete(key);
        }
    }

    /// <summary>Deletes what was left too long ago.</summary>
    internal void DeleteOld()
    {
        foreach (string name in TakeLeft((_, since) => clock.GetElapsedTime(since) >= LeftPatience))
        {
            GiveUp(name, FormattableString.Invariant($"its job did not come back within {LeftPatience.TotalMinutes:0} minutes"));
        }
    }

    /// <summary>Does what needs the disk of <c>--work</c>. When that is full, all that is left over is given up and it is tried once more.</summary>
    /// <exception cref="AttemptException">The disk refuses, or is full without that too.</exception>
    internal T WithRoom<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (AttemptException cause) when (cause.Class == ErrorClass.Resource && GiveUpAll())
        {
            return use();
        }
    }

    /// <summary>Gives up all that is left over, for want of room.</summary>
    /// <returns>Whether that was anything.</returns>
    internal bool GiveUpAll()
    {
        bool hasMade = false;
        foreach (string name in TakeLeft((_, _) => true))
        {
            hasMade |= GiveUp(name, "the disk of --work is full");
        }

        return hasMade;
    }

    /// <summary>Gives an attempt what the newest one before it left; there is nothing to be had of those before that. Where the disk refuses, it begins anew.</summary>
    private void TakeOver(AttemptKey key)
    {
        string folder = PathOf(key);
        foreach (string name in TakeLeft((name, _) => AttemptNames.JobOf(name) == key.JobId).OrderByDescending(AttemptNames.NumberOf))
        {
            string left = Path.Combine(root, name);
            try
            {
                if (left != folder && Directory.Exists(folder))
                {
                    Delete(name);
                    continue;
                }

                if (left != folder)
                {
                    Directory.Move(left, folder);
                }

                log.SegmentsTakenOver(key.JobId, key.Attempt, AttemptNames.NumberOf(name));
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                log.SegmentsNotTakenOver(key.JobId, key.Attempt, left, cause.Message);
                Delete(name);
            }
        }
    }

    private string[] Entries()
    {
        try
        {
            return Directory.GetFileSystemEntries(root);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            log.SegmentsNotRead(root, cause.Message);
            return [];
        }
    }

    private void Leave(string name)
    {
        lock (_lock)
        {
            _left[name] = clock.GetTimestamp();
        }
    }

    private string[] TakeLeft(Func<string, long, bool> isMeant)
    {
        lock (_lock)
        {
            string[] meant = [.. _left.Where(left => isMeant(left.Key, left.Value)).Select(left => left.Key)];
            foreach (string name in meant)
            {
                _left.Remove(name);
            }

            return meant;
        }
    }

    private bool GiveUp(string name, string why)
    {
        if (!Delete(name))
        {
            return false;
        }

        log.SegmentsGivenUp(Path.Combine(root, name), why);
        return true;
    }

    /// <summary>Why nothing can be gone on with from a folder; null when it can.</summary>
    private static string? WhyUseless(string folder)
    {
        try
        {
            using SafeFileHandle index = File.OpenHandle(Path.Combine(folder, IndexName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return SegmentFiles.CutOf(index) is null ? "it has no cut yet"
                : (DateTime.UtcNow - File.GetLastWriteTimeUtc(index)).Duration() >= MaxAge ? "its last cut is not of the last day"
                : null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return cause.Message.TrimEnd('.');
        }
    }
}
