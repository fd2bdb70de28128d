using Encode.Contracts.Jobs;

namespace Encode.Agent.Output;

/// <summary>Where one output of an attempt goes, and what is there of it.</summary>
/// <param name="output">What the job says of it.</param>
/// <param name="names">Names of its files; one empty name where it is a file.</param>
/// <param name="folder">The folder that it goes to, opened for this.</param>
/// <param name="name">Its name there.</param>
/// <param name="job">The job, as temporary names tell it.</param>
/// <param name="attempt">The attempt.</param>
internal sealed class OutputPlace(JobOutput output, IReadOnlyList<string> names, OutputFolder folder, string name, string job, int attempt) : IDisposable
{
    private bool _isNew;

    /// <summary>Where it goes, as the job spells it.</summary>
    internal string Url => output.Url;

    /// <summary>What is under way; null when it is gone.</summary>
    internal IStagedOutput? Staged { get; private set; }

    /// <summary>Names of its files.</summary>
    internal IReadOnlyList<string> Names => names;

    /// <summary>Whether the master places it.</summary>
    internal bool IsUpload { get; } = Transfers.UploadUrl.Is(output.Url);

    private string TemporaryName => OutputFile.TemporaryNameOf(name, job, attempt);

    /// <summary>Begins it. A target that exists is refused now, not after hours of encoding.</summary>
    /// <exception cref="AttemptException">It cannot be written there.</exception>
    internal void Create()
    {
        if (output.IfExists == IfExists.Fail && !IsUpload && folder.Exists(name))
        {
            throw folder.Taken(name);
        }

        if (output.IsFolder && !IsUpload && !folder.MayBecomeFolder(name, output.IfExists))
        {
            throw folder.NotOurs(name);
        }

        Staged = output.IsFolder
            ? StagedFolder.Create(folder.Share(), name, names, job, attempt)
            : OutputFile.Create(folder.Share(), name, job, attempt);
    }

    /// <summary>Takes up what an earlier run left, if it is there and whole.</summary>
    internal void Reopen()
    {
        OutputFolder shared = folder.Share();
        Staged = output.IsFolder ? StagedFolder.Reopen(shared, name, names, job, attempt) : OutputFile.Reopen(shared, name, job, attempt);
        if (Staged is null)
        {
            shared.Dispose();
        }
    }

    /// <summary>Its own part of a job's files, under the names that they have in it. No output's place lies within another's.</summary>
    internal IReadOnlyList<SealedFile> Of(IReadOnlyList<JobFile> files) =>
    [
        .. files.Where(file => output.IsFolder ? file.Url.StartsWith(output.Url, StringComparison.Ordinal) : file.Url == output.Url)
            .Select(file => new SealedFile(file.Url[output.Url.Length..], file.Bytes, file.Sha256)),
    ];

    /// <summary>Whether the target holds these bytes already.</summary>
    internal bool Stands(IReadOnlyList<SealedFile> made) => output.IsFolder ? folder.HoldsFolder(name, made) : folder.Holds(name, made[0]);

    /// <summary>Refuses a target that holds anything else and is not to be replaced.</summary>
    internal void ThrowIfTaken(IReadOnlyList<SealedFile> made)
    {
        if (!folder.Exists(name) || Stands(made))
        {
            return;
        }

        if (output.IfExists == IfExists.Fail)
        {
            throw folder.Taken(name);
        }

        if (output.IsFolder && !folder.MayBecomeFolder(name, output.IfExists))
        {
            throw folder.NotOurs(name);
        }
    }

    /// <summary>Puts it under its name. One whose temporary name is gone must stand there already.</summary>
    internal void Publish(IReadOnlyList<SealedFile> made)
    {
        _isNew = !folder.Exists(name);
        if (Staged is not null)
        {
            Staged.Publish(output.IfExists, made);
        }
        else if (output.IsFolder)
        {
            folder.PublishFolder(TemporaryName, name, output.IfExists, made);
        }
        else
        {
            folder.Publish(TemporaryName, name, output.IfExists, made[0].Sha256);
        }
    }

    /// <summary>Undoes <see cref="Publish"/>, unless there was something under the name before.</summary>
    /// <returns>False when it stands.</returns>
    internal bool TryTakeBack(IReadOnlyList<SealedFile> made)
    {
        try
        {
            if (_isNew && Stands(made))
            {
                folder.MoveBack(name, TemporaryName);
                DeleteTemporary();
                return true;
            }
        }
        catch (AttemptException)
        {
            // A folder that refuses now: what stands there is whole, and is told.
        }

        return !folder.Exists(name);
    }

    /// <summary>Deletes what stands under its temporary name.</summary>
    internal void DeleteTemporary() => folder.ClearTemporary(TemporaryName, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        Staged?.Dispose();
        folder.Dispose();
    }
}
