using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>Finds where an output is written: beside its target for <c>file:</c>, in <c>--work</c> for <c>upload:</c>.</summary>
internal sealed class OutputOpener(MediaRoots roots, WorkFolder work)
{
    private const string UploadName = "upload";

    /// <summary>Whether the master places this output itself.</summary>
    internal static bool IsUpload(JobOffer offer) => offer.OutputUrl.StartsWith(UploadUrl.Scheme, StringComparison.Ordinal);

    /// <summary>Creates the temporary file. A target that exists is refused now, not after hours of encoding.</summary>
    /// <exception cref="AttemptException">The output cannot be written there.</exception>
    internal OutputFile Create(JobOffer offer)
    {
        (OutputFolder folder, string name) = Locate(offer);
        if (offer.IfExists == IfExists.Fail && !IsUpload(offer) && folder.Exists(name))
        {
            using (folder)
            {
                throw folder.Taken(name);
            }
        }

        return OutputFile.Create(folder, name, offer.Key.JobId, offer.Key.Attempt);
    }

    /// <summary>Opens the temporary file that an earlier run left.</summary>
    /// <returns>Null when it is gone.</returns>
    internal OutputFile? Reopen(JobOffer offer)
    {
        (OutputFolder folder, string name) = Locate(offer);
        OutputFile? file = OutputFile.Reopen(folder, name, offer.Key.JobId, offer.Key.Attempt);
        if (file is null)
        {
            folder.Dispose();
        }

        return file;
    }

    /// <summary>Finishes a publish whose temporary file is gone: true when the target holds the bytes of the result.</summary>
    internal void FinishWithoutTemporary(JobOffer offer, string sha256)
    {
        (OutputFolder folder, string name) = Locate(offer);
        using (folder)
        {
            folder.Publish(OutputFile.TemporaryNameOf(name, offer.Key.JobId, offer.Key.Attempt), name, offer.IfExists, sha256);
        }
    }

    /// <summary>Whether the target holds the bytes of the result already.</summary>
    internal bool IsPublished(JobOffer offer, string sha256)
    {
        (OutputFolder folder, string name) = Locate(offer);
        using (folder)
        {
            return folder.HashOf(name) == sha256;
        }
    }

    private (OutputFolder Folder, string Name) Locate(JobOffer offer)
    {
        if (IsUpload(offer))
        {
            _ = UploadUrl.ToPath(offer.OutputUrl);
            return (OutputFolder.Open(work.Outputs), UploadName);
        }

        return offer.OutputUrl.StartsWith(FileUrl.Scheme, StringComparison.Ordinal)
            ? roots.OpenOutput(offer.OutputUrl)
            : throw new AttemptException(ErrorClass.Settings, $"write output {offer.OutputUrl}: only file: and upload: URLs are written");
    }
}
