using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Encodes the picture. The encoder opens on the first filtered frame.</summary>
internal sealed unsafe class VideoEncodeStage(TranscodeRun run, VideoEncoderEntry entry, Rational rate, TrackList tracks)
{
    public void Run()
    {
        MediaFrame? frame = run.Filtered.Receive()
            ?? throw new MediaException(ErrorClass.Input, "encode the picture: the input has no pictures; check the file with ffprobe");
        Encoder encoder;
        try
        {
            encoder = Open(frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        using (encoder)
        {
            Encode(encoder, frame);
            run.FirstFrameSent();
            while ((frame = run.Filtered.Receive()) is not null)
            {
                Encode(encoder, frame);
            }

            SendAll(encoder, null);
        }

        tracks.End();
    }

    private Encoder Open(MediaFrame first)
    {
        long began = Stopwatch.GetTimestamp();
        Encoder encoder = VideoEncoderFactory.Open(entry, run.Settings.Video[0], rate, first.Native, run.Threads);
        run.Open.Add(began);
        try
        {
            tracks.Declare(new EncodedTrack(Track.Video, encoder));
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private void Encode(Encoder encoder, MediaFrame frame)
    {
        using (frame)
        {
            SendAll(encoder, frame);
        }
    }

    private void SendAll(Encoder encoder, MediaFrame? frame)
    {
        bool taken;
        do
        {
            run.Stopping.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            taken = encoder.Send(frame);
            run.Encode.Add(began);
            PacketDrain.Run(run, encoder, Track.Video, run.Encode);
        }
        while (!taken);
    }
}
