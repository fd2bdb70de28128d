using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// Compares a rendition as it stands in a finished file with the pictures that went into its encoder. An encoder makes one picture of each
/// that it takes, in the order in which they are shown, so the n-th of both belong together, whatever clock the container has.
/// </summary>
internal sealed unsafe class CompareStage(TranscodeRun run, RenditionLane lane)
{
    public void Run()
    {
        using CodedPictures? coded = Open();
        QualityGraph? graph = null;
        try
        {
            while (lane.Filtered.Receive() is { } reference)
            {
                using (reference)
                {
                    run.Stopping.ThrowIfCancellationRequested();
                    if (coded is not null)
                    {
                        using MediaFrame picture = coded.Next() ?? throw Differ("fewer");
                        PictureForm.Normalize(picture.Native, reference.Native->sample_aspect_ratio);
                        graph ??= QualityGraph.Open(reference.Native, picture.Native, lane.Threads.Filter);
                        graph.Compare(reference, picture);
                    }
                }

                lane.CountPicture();
                lane.Encode.CountFrame();
            }

            using MediaFrame? more = coded?.Next();
            if (more is not null)
            {
                throw Differ("more");
            }

            lane.Psnr = graph?.Psnr;
            lane.Ssim = graph?.Ssim;
        }
        finally
        {
            graph?.Dispose();
        }
    }

    /// <summary>Opens the first file that has the rendition; null where none has.</summary>
    private CodedPictures? Open()
    {
        for (int i = 0; i < run.Made!.Files.Count; i++)
        {
            int number = run.Made.Files[i].Renditions.ToList().IndexOf(lane.Settings.Name);
            if (number >= 0)
            {
                return new CodedPictures(run, run.Request.Outputs[i], number, lane.Threads.Encoder);
            }
        }

        return null;
    }

    private MediaException Differ(string how) =>
        new(ErrorClass.Platform, $"measure the quality: {lane.Settings.Name} decodes to {how} pictures than went into its encoder; the disk or the encoder of this host is not to be trusted, try another");
}
