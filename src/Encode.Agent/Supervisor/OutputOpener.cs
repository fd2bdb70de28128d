using System.Globalization;
using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Agent.Supervisor;

/// <summary>Finds where outputs are written: beside their targets for <c>file:</c>, in <c>--work</c> for <c>upload:</c>.</summary>
internal sealed class OutputOpener(MediaRoots roots, WorkFolder work)
{
    private const string UploadName = "upload";

    /// <summary>Begins every output of an attempt.</summary>
    /// <exception cref="AttemptException">One cannot be written where it is to go.</exception>
    internal AttemptOutputs Create(JobOffer offer) => Open(offer, place => place.Create());

    /// <summary>Opens what an earlier run left of an attempt.</summary>
    /// <exception cref="AttemptException">A folder of one is not to be had now.</exception>
    internal AttemptOutputs Reopen(JobOffer offer) => Open(offer, place => place.Reopen());

    /// <summary>Makes a folder for what lies between two passes; null when the job has none.</summary>
    /// <exception cref="AttemptException">It cannot be made.</exception>
    internal ScratchFolder? CreateScratch(JobOffer offer) =>
        ScratchFolder.CreateFor(offer.Settings, work.Scratch, AttemptNames.Of(offer.Key));

    private AttemptOutputs Open(JobOffer offer, Action<OutputPlace> begin)
    {
        List<OutputPlace> places = [];
        try
        {
            foreach ((int index, JobOutput output) in offer.Outputs.Index())
            {
                IReadOnlyList<string> names = OutputNames.Of(offer.Settings, offer.Settings.Outputs[index]);
                if (output.IsFolder != (offer.Settings.Outputs[index].Container == Container.Cmaf))
                {
                    throw new AttemptException(ErrorClass.Settings, $"write output {output.Url}: a folder holds cmaf, and nothing else does; the master is of another version");
                }

                places.Add(Locate(output, names, index, offer.Key));
                begin(places[^1]);
            }

            return new AttemptOutputs(places);
        }
        catch
        {
            places.ForEach(place => place.Dispose());
            throw;
        }
    }

    private OutputPlace Locate(JobOutput output, IReadOnlyList<string> names, int index, AttemptKey key)
    {
        // The number keeps apart what is staged in one folder, and long names that are cut alike.
        string number = index == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{index}");
        (OutputFolder folder, string name) = FolderOf(output);
        return new OutputPlace(output, names, folder, name, key.JobId + number, key.Attempt);
    }

    private (OutputFolder Folder, string Name) FolderOf(JobOutput output)
    {
        if (UploadUrl.Is(output.Url))
        {
            _ = UploadUrl.ToPath(output.Url.TrimEnd('/'));
            return (OutputFolder.Open(work.Outputs), UploadName);
        }

        return output.Url.StartsWith(FileUrl.Scheme, StringComparison.Ordinal)
            ? roots.OpenOutput(output.Url.TrimEnd('/'))
            : throw new AttemptException(ErrorClass.Settings, $"write output {output.Url}: only file: and upload: URLs are written");
    }
}
