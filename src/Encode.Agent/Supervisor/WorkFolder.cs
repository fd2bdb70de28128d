using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>The scratch folder: the node's key, the journal, outputs on their way to the master, segments, what lies between two passes, spools without a name. One agent at a time.</summary>
internal sealed class WorkFolder : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private WorkFolder(string path, FileStream held)
    {
        Root = path;
        _lock = held;
        Journal = Directory.CreateDirectory(Path.Combine(path, "attempts"), Private).FullName;
        Outputs = Directory.CreateDirectory(Path.Combine(path, "outputs"), Private).FullName;
        Segments = Directory.CreateDirectory(Path.Combine(path, "segments"), Private).FullName;
        Scratch = Directory.CreateDirectory(Path.Combine(path, "scratch"), Private).FullName;
        ScratchFolder.Sweep(Scratch);
    }

    /// <summary>The folder itself.</summary>
    internal string Root { get; }

    /// <summary>Where the journal is.</summary>
    internal string Journal { get; }

    /// <summary>Where outputs wait that go to the master.</summary>
    internal string Outputs { get; }

    /// <summary>Where attempts keep what they have encoded.</summary>
    internal string Segments { get; }

    /// <summary>Where attempts keep what lies between two passes; empty at the start.</summary>
    internal string Scratch { get; }

    /// <summary>Creates the folder where needed and takes it for this agent.</summary>
    /// <exception cref="AttemptException">It cannot be written, or another agent has it.</exception>
    internal static WorkFolder Take(string path)
    {
        if (File.Exists(path))
        {
            throw new AttemptException(ErrorClass.Settings, $"use --work {path}: it is a file; name a folder that this user may write");
        }

        try
        {
            string full = Directory.CreateDirectory(path, Private).FullName;
            FileStream held = new(Path.Combine(full, "agent.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new WorkFolder(full, held);
        }
        catch (IOException cause) when (cause.Message.Contains("being used", StringComparison.Ordinal))
        {
            throw new AttemptException(ErrorClass.Platform, $"use --work {path}: another agent runs in it; give each its own folder", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new AttemptException(ErrorClass.Platform, $"use --work {path}: {cause.Message.TrimEnd('.')}; name a folder that this user may write", cause);
        }
    }

    /// <summary>Creates a file that has no name, so that nothing is left of it however the agent ends.</summary>
    internal SafeFileHandle CreateNameless()
    {
        string path = Path.Combine(Root, $"spool.{Guid.NewGuid():N}.tmp");
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None);
            File.Delete(path);
            return file;
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, "create a spool in --work");
        }
    }

    /// <summary>Bytes of a job's outputs that are on their way to the master.</summary>
    internal long OutputBytesOf(string job)
    {
        try
        {
            return new DirectoryInfo(Outputs).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.FullName.AsSpan(Outputs.Length).Contains(job, StringComparison.Ordinal)).Sum(file => file.Length);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Deletes outputs on their way to the master that no attempt of the journal knows: an agent was killed before it could write them down.</summary>
    /// <param name="jobs">Ids of the jobs whose outputs stay.</param>
    /// <returns>How many were deleted.</returns>
    internal int SweepOutputs(IReadOnlyCollection<string> jobs)
    {
        using OutputFolder folder = OutputFolder.Open(Outputs);
        string[] stray = [.. Directory.EnumerateFileSystemEntries(Outputs).Select(path => Path.GetFileName(path)).Where(name => !jobs.Any(job => name.Contains(job, StringComparison.Ordinal)))];
        foreach (string name in stray)
        {
            folder.DeleteTree(name);
        }

        return stray.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
