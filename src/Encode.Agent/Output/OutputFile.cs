using System.Text;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>An output file on its way: a temporary file beside its target.</summary>
internal sealed class OutputFile : IStagedOutput
{
    private readonly OutputFolder _folder;
    private bool _keep;

    private OutputFile(OutputFolder folder, SafeFileHandle file, string temporary, string name)
    {
        _folder = folder;
        File = file;
        TemporaryName = temporary;
        Name = name;
    }

    /// <summary>The temporary file, open for reading and writing.</summary>
    internal SafeFileHandle File { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SafeFileHandle> Files => [File];

    /// <summary>Name of the temporary file in its folder.</summary>
    internal string TemporaryName { get; }

    /// <summary>Final name in the folder.</summary>
    internal string Name { get; }

    /// <summary>Creates the temporary file. Takes over the folder, also when it fails. A final name that no file system takes is refused now, not when hours of work are to get it.</summary>
    internal static OutputFile Create(OutputFolder folder, string name, string job, int attempt)
    {
        try
        {
            if (Encoding.UTF8.GetByteCount(name) > OutputFolder.MaxNameBytes)
            {
                throw new AttemptException(ErrorClass.Settings, $"write {name}: a file name has at most {OutputFolder.MaxNameBytes} bytes; choose a shorter one");
            }

            string temporary = TemporaryNameOf(name, job, attempt);
            return new OutputFile(folder, folder.Create(temporary), temporary, name);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Opens a temporary file that an earlier run of the agent left. Takes over the folder.</summary>
    /// <returns>Null when it is gone.</returns>
    internal static OutputFile? Reopen(OutputFolder folder, string name, string job, int attempt)
    {
        string temporary = TemporaryNameOf(name, job, attempt);
        SafeFileHandle? file = folder.OpenExisting(temporary);
        return file is null ? null : new OutputFile(folder, file, temporary, name);
    }

    /// <summary>The name of an attempt's temporary file; a long target name is cut so that the whole fits a file system.</summary>
    internal static string TemporaryNameOf(string name, string job, int attempt)
    {
        string tail = $".{job}.{attempt}{OutputFolder.TemporarySuffix}";
        int room = OutputFolder.MaxNameBytes - 1 - tail.Length;
        while (Encoding.UTF8.GetByteCount(name) > room)
        {
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return "." + name + tail;
    }

    /// <inheritdoc/>
    public Task SyncAsync() => Task.Run(() =>
    {
        try
        {
            RandomAccess.FlushToDisk(File);
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, $"sync {TemporaryName}");
        }
    });

    /// <inheritdoc/>
    public void Publish(IfExists ifExists, IReadOnlyList<SealedFile> made) => Publish(ifExists, made[0].Sha256);

    /// <summary>Puts the file under its final name.</summary>
    /// <exception cref="AttemptException">The name is taken by other bytes, or the file system refuses; the temporary file is deleted on dispose.</exception>
    internal void Publish(IfExists ifExists, string sha256)
    {
        _folder.Publish(TemporaryName, Name, ifExists, sha256);
        _keep = true;
    }

    /// <inheritdoc/>
    public void Keep() => _keep = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Dispose();
        try
        {
            if (!_keep)
            {
                _folder.Delete(TemporaryName);
            }
        }
        catch (AttemptException)
        {
            // The folder went away or turned read-only: the journal's sweep at the next start tries again.
        }

        _folder.Dispose();
    }
}
