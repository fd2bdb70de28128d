using System.Text;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>An output folder on its way: a hidden folder beside its target, with files whose names are known from the start.</summary>
internal sealed class StagedFolder : IStagedOutput
{
    private readonly OutputFolder _parent;
    private readonly OutputFolder _inner;
    private readonly string _temporary;
    private readonly string _name;
    private bool _keep;

    private StagedFolder(OutputFolder parent, OutputFolder inner, string temporary, string name, IReadOnlyList<SafeFileHandle> files)
    {
        (_parent, _inner, _temporary, _name) = (parent, inner, temporary, name);
        Files = files;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SafeFileHandle> Files { get; }

    /// <summary>Creates the temporary folder and its files. Takes over the parent, also when it fails.</summary>
    internal static StagedFolder Create(OutputFolder parent, string name, IReadOnlyList<string> files, string job, int attempt)
    {
        List<SafeFileHandle> open = [];
        OutputFolder? inner = null;
        string? temporary = null;
        try
        {
            if (Encoding.UTF8.GetByteCount(name) > OutputFolder.MaxNameBytes)
            {
                throw new AttemptException(ErrorClass.Settings, $"write {name}/: a folder name has at most {OutputFolder.MaxNameBytes} bytes; choose a shorter one");
            }

            temporary = OutputFile.TemporaryNameOf(name, job, attempt);
            inner = parent.MakeFolder(temporary);
            foreach (string file in files)
            {
                open.Add(inner.Create(file));
            }

            return new StagedFolder(parent, inner, temporary, name, open);
        }
        catch
        {
            open.ForEach(file => file.Dispose());
            inner?.Dispose();
            if (inner is not null)
            {
                DeleteQuietly(parent, temporary!, name);
            }

            parent.Dispose();
            throw;
        }
    }

    /// <summary>Opens a temporary folder that an earlier run of the agent left. Takes over the parent when it is found.</summary>
    /// <returns>Null when it, or one of its files, is gone.</returns>
    internal static StagedFolder? Reopen(OutputFolder parent, string name, IReadOnlyList<string> files, string job, int attempt)
    {
        string temporary = OutputFile.TemporaryNameOf(name, job, attempt);
        if (parent.OpenFolder(temporary) is not { } inner)
        {
            return null;
        }

        List<SafeFileHandle> open = [];
        foreach (string file in files)
        {
            if (inner.OpenExisting(file) is not { } found)
            {
                open.ForEach(handle => handle.Dispose());
                inner.Dispose();
                return null;
            }

            open.Add(found);
        }

        return new StagedFolder(parent, inner, temporary, name, open);
    }

    /// <inheritdoc/>
    public Task SyncAsync() => Task.Run(() =>
    {
        try
        {
            foreach (SafeFileHandle file in Files)
            {
                RandomAccess.FlushToDisk(file);
            }
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, $"sync {_temporary}");
        }

        _inner.Sync();
    });

    /// <inheritdoc/>
    public void Publish(IfExists ifExists, IReadOnlyList<SealedFile> made)
    {
        _parent.PublishFolder(_temporary, _name, ifExists, made);
        _keep = true;
    }

    /// <inheritdoc/>
    public void Keep() => _keep = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeFileHandle file in Files)
        {
            file.Dispose();
        }

        _inner.Dispose();
        if (!_keep)
        {
            DeleteQuietly(_parent, _temporary, _name);
        }

        _parent.Dispose();
    }

    private static void DeleteQuietly(OutputFolder parent, string temporary, string name)
    {
        try
        {
            parent.ClearTemporary(temporary, name);
        }
        catch (AttemptException)
        {
            // The folder went away or turned read-only: the journal's sweep at the next start tries again.
        }
    }
}
