using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <content>What is left over: found, handed back, taken over, given up.</content>
internal sealed partial class SegmentFolder
{
    private readonly Lock _lock = new();

    /// <summary>Held while room is made, so that who finds the disk full meanwhile waits for that.</summary>
    private readonly Lock _makingRoom = new();

    /// <summary>Names of what is left over, since when, and whether it is only there because it could not be deleted.</summary>
    private readonly Dictionary<string, (long Since, bool IsCondemned)> _left = [];

    /// <summary>A disk with less is full: somebody may have let go of a little since it was found so, and what is written asks for a few megabytes at once.</summary>
    private const long FullBytes = 64 << 20;

    private int _roomsMade;

    /// <summary>Bytes that are free on the disk of <c>--work</c>.</summary>
    internal Func<long> FreeBytes { get; init; } = () => new DriveInfo(root).AvailableFreeSpace;

    /// <summary>Counts how often something was given up for want of room.</summary>
    internal int RoomsMade => Volatile.Read(ref _roomsMade);

    /// <summary>Looks, at the start, at what an earlier run of the agent left.</summary>
    /// <param name="kept">Names of attempts whose files stay: those that stand still, and those whose journal could not be read.</param>
    internal void Sweep(IReadOnlyCollection<string> kept)
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
        foreach ((string name, bool isCondemned) in TakeLeft((_, since) => clock.GetElapsedTime(since) >= LeftPatience))
        {
            GiveUp(name, isCondemned
                ? "it could not be deleted before"
                : FormattableString.Invariant($"its job did not come back within {LeftPatience.TotalMinutes:0} minutes"));
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
        catch (AttemptException cause) when (cause.Class == ErrorClass.Resource)
        {
            GiveUpAll();
            return use();
        }
    }

    /// <summary>Whether the disk of <c>--work</c> is full, as far as it tells; a quota is not seen.</summary>
    internal bool IsFull
    {
        get
        {
            try
            {
                return FreeBytes() < FullBytes;
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Whether who lacked something, which may have been room on the disk, finds some now: room was made since, or the disk is full and there is some to be made.</summary>
    /// <param name="before"><see cref="RoomsMade"/> before it was lacking.</param>
    internal bool HasRoomSince(int before) => RoomsMade != before || (IsFull && HasMadeRoom(before));

    /// <summary>Gives up all that is left over, for want of room; waits for whoever does it already.</summary>
    internal void GiveUpAll() => HasMadeRoom(RoomsMade);

    /// <summary>Gives up all that is left over.</summary>
    /// <returns>Whether room was made, by this call or another since <see cref="RoomsMade"/> was <paramref name="before"/>.</returns>
    private bool HasMadeRoom(int before)
    {
        lock (_makingRoom)
        {
            bool hasMade = false;
            foreach ((string name, _) in TakeLeft((_, _) => true))
            {
                hasMade |= GiveUp(name, "the disk of --work is full");
            }

            _roomsMade += hasMade ? 1 : 0;
            return _roomsMade != before;
        }
    }

    /// <summary>
    /// Gives an attempt what the newest one before it left; there is nothing to be had of those before that, nor of what was to be deleted before. Where
    /// the disk refuses, it begins anew.
    /// </summary>
    private void TakeOver(AttemptKey key)
    {
        string folder = PathOf(key);
        foreach ((string name, bool isCondemned) in TakeLeft((name, _) => AttemptNames.JobOf(name) == key.JobId).OrderByDescending(left => AttemptNames.NumberOf(left.Name)))
        {
            string left = Path.Combine(root, name);
            try
            {
                if (isCondemned || (left != folder && Directory.Exists(folder)))
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

    private void Leave(string name, bool isCondemned = false)
    {
        lock (_lock)
        {
            _left[name] = (clock.GetTimestamp(), isCondemned);
        }
    }

    private (string Name, bool IsCondemned)[] TakeLeft(Func<string, long, bool> isMeant)
    {
        lock (_lock)
        {
            (string Name, bool IsCondemned)[] meant = [.. _left.Where(left => isMeant(left.Key, left.Value.Since)).Select(left => (left.Key, left.Value.IsCondemned))];
            foreach ((string name, _) in meant)
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
