using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>
/// Where attempts keep what they have encoded: a folder each below <c>segments</c> in <c>--work</c>. A cell gets it as open files and no path. They
/// outlive a cell that dies, a pause, also one across a restart of the agent, and ends that another attempt may do better: the agent is killed or
/// told to stop, the attempt fails after it has come further, of what may pass, or loses its lease. Every other end deletes them.
///
/// What is left over (<see cref="Sweep"/> finds what earlier runs of the agent left, <see cref="HandBack"/> is told of the rest) waits
/// for <see cref="LeftPatience"/>. The master gives such a job out as a new attempt with a token of its own; the first that comes back to this host
/// gets the folder under its own name and goes on in it, if its input is the same (<see cref="AttemptSegments"/>) and its settings and codecs are (the
/// index says of what it is). Nothing of the dead attempt but encoded pictures gets into the new one. On a full disk it is what goes first.
/// </summary>
/// <param name="root">The folder of all attempts.</param>
/// <param name="interval">Wall-clock time between two cuts.</param>
/// <param name="clock">Counts the time that something is left over.</param>
/// <param name="log">Hears of what is deleted unused, of what cannot be, and of what is taken over.</param>
internal sealed partial class SegmentFolder(string root, TimeSpan interval, TimeProvider clock, ILogger log)
{
    /// <summary>How long an encode that was left over waits for its job, from the start of the agent on: a lease, a queue, and a look of somebody at the host.</summary>
    internal static readonly TimeSpan LeftPatience = TimeSpan.FromHours(1);

    /// <summary>How old its last cut may be at the start, by a wall clock that may be of another boot: a host that was down over night.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string IndexName = "index";
    private const string Operation = "keep what is encoded in --work";

    /// <summary>Opens the files of an attempt, those of before where there are some; null for a job that cannot be cut.</summary>
    /// <exception cref="AttemptException">The disk refuses.</exception>
    internal AttemptSegments? Open(JobOffer offer)
    {
        if (!SegmentFiles.CanCut(offer.Settings))
        {
            return null;
        }

        TakeOver(offer.Key);
        try
        {
            (SegmentFiles files, SafeFileHandle origin) = WithRoom(() => OpenFiles(offer));
            return new AttemptSegments(files, origin);
        }
        catch (AttemptException)
        {
            HandBack(offer.Key);
            throw;
        }
    }

    /// <summary>Deletes what an attempt has given up and opens new files for it.</summary>
    /// <exception cref="AttemptException">The disk refuses.</exception>
    internal void OpenAnew(JobOffer offer, AttemptSegments segments)
    {
        Delete(offer.Key);
        if (Path.Exists(PathOf(offer.Key)))
        {
            throw new AttemptException(ErrorClass.Platform, $"{Operation}: {PathOf(offer.Key)} cannot be deleted, and a process that was killed may still write in it; look at the disk of --work");
        }

        (SegmentFiles files, SafeFileHandle origin) = WithRoom(() => OpenFiles(offer));
        segments.BeginIn(files, origin);
    }

    /// <summary>Deletes the files of an attempt; what still has them open may go on. What cannot be deleted is left to later.</summary>
    internal void Delete(AttemptKey key) => Delete(AttemptNames.Of(key));

    /// <summary>Bytes that the files of an attempt take; 0 where there are none.</summary>
    internal long BytesOf(string name)
    {
        try
        {
            DirectoryInfo folder = new(Path.Combine(root, name));
            return folder.Exists ? folder.EnumerateFiles().Sum(file => file.Length) : 0;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private (SegmentFiles Files, SafeFileHandle Origin) OpenFiles(JobOffer offer)
    {
        string folder = PathOf(offer.Key);
        List<SafeFileHandle> files = [];
        try
        {
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
            files.Add(OpenFile(folder, "input"));
            files.Add(OpenFile(folder, IndexName));
            for (int index = 0; index < offer.Settings.Video.Count; index++)
            {
                files.Add(OpenFile(folder, FormattableString.Invariant($"v{index}")));
            }

            return (new SegmentFiles { Index = files[1], Tracks = files[2..], Interval = interval }, files[0]);
        }
        catch (IOException cause)
        {
            files.ForEach(file => file.Dispose());
            throw DiskErrors.From(cause, Operation);
        }
        catch (UnauthorizedAccessException cause)
        {
            files.ForEach(file => file.Dispose());
            throw new AttemptException(ErrorClass.Platform, $"{Operation}: {cause.Message.TrimEnd('.')}; give the agent's user its folder back", cause);
        }
    }

    private static SafeFileHandle OpenFile(string folder, string name)
    {
        SafeFileHandle file = File.OpenHandle(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            File.SetUnixFileMode(file, Private);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a folder. One that cannot be deleted counts as left over, so that it is tried again, and never as something to go on with.</summary>
    private bool Delete(string name)
    {
        string folder = Path.Combine(root, name);
        try
        {
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException) when (!Path.Exists(folder))
        {
            // A job that cannot be cut, or that ended before it kept anything.
            return false;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // It may neither hide how the attempt ended, nor keep the agent from starting.
            log.SegmentsNotDeleted(folder, cause.Message);
            Leave(name, isCondemned: true);
            return false;
        }
    }

    private string PathOf(AttemptKey key) => Path.Combine(root, AttemptNames.Of(key));
}
