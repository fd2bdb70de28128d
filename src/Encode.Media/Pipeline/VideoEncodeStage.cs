using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Encodes the picture. The encoder opens on the first filtered frame.</summary>
internal sealed unsafe class VideoEncodeStage(TranscodeRun run, RenditionLane lane)
{
    public void Run()
    {
        MediaFrame? frame = lane.Filtered.Receive()
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
            while ((frame = lane.Filtered.Receive()) is not null)
            {
                Encode(encoder, frame);
            }

            SendAll(encoder, null);
        }

        lane.Encode.Bytes = lane.Bytes;
        run.Tracks.End(lane.Track);
    }

    private Encoder Open(MediaFrame first)
    {
        long began = Stopwatch.GetTimestamp();
        Encoder encoder = VideoEncoderFactory.Open(
            new EncoderOrder(lane.Encoder, lane.Settings, lane.Rate, lane.Threads) { Pass = run.Request.Pass, FillsUp = run.IsOnlyIn(Container.Ts, lane) }, first.Native);
        lock (run.Open)
        {
            // The encoders of a ladder open side by side.
            run.Open.Add(began);
        }

        try
        {
            SourceTimecode.Take(run, lane, first.Native);
            run.Tracks.Declare(EncodedTrack.Of(lane.Label, encoder));
            lane.Opened(encoder.Context->width, encoder.Context->height);
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
            lane.Sent(frame.Native->pts, frame.Native->duration);
            SendAll(encoder, frame);
            lane.Encode.CountFrame();
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
            lane.Encode.Add(began);
            PacketDrain.Run(run, encoder, lane, lane.Encode);
        }
        while (!taken);
    }
}
