using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Segments;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Encodes the picture. The encoder opens on the first filtered frame; where it does not and the job allows it, software takes its place, and
/// pictures that were filtered for the other are brought into the form that this one takes.
/// </summary>
internal sealed unsafe class VideoEncodeStage(TranscodeRun run, RenditionLane lane)
{
    private Scaler? _reshaper;
    private EncodedTrack? _stored;

    public void Run()
    {
        // What an earlier run encoded goes first, while decoder and filters find their place behind it.
        _stored = run.Replay.Send(lane);
        MediaFrame? frame = lane.Filtered.Receive()
            ?? throw new MediaException(ErrorClass.Input, "encode the picture: the input has no pictures; check the file with ffprobe");
        try
        {
            using Encoder encoder = OpenAny(ref frame);
            Encode(encoder, frame);
            run.FirstFrameSent();
            while ((frame = lane.Filtered.Receive()) is not null)
            {
                Encode(encoder, Reshaped(frame));
            }

            SendAll(encoder, null);
        }
        finally
        {
            _reshaper?.Dispose();
        }

        lane.Encode.Bytes = lane.Bytes;
        run.Tracks.End(lane.Track);
    }

    /// <summary>Opens the encoder, or the one that stands in for it. The picture is then in the form that it takes, and disposed of when this throws.</summary>
    private Encoder OpenAny(ref MediaFrame first)
    {
        if (lane.Encoder.Kind == EncoderChoice.Software || !EncoderChoosing.MayFallBack(lane.Settings))
        {
            return OpenOrDispose(first);
        }

        try
        {
            return Open(first);
        }
        catch (MediaException error)
        {
            FallBack(first, error);
        }

        first = Reshaped(first);
        return OpenOrDispose(first);
    }

    private void FallBack(MediaFrame first, MediaException cause)
    {
        try
        {
            lane.Replace(EncoderChoosing.FallBack(run, lane.Settings, cause));
            _reshaper = ReshaperFor(first.Native);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    private Encoder OpenOrDispose(MediaFrame first)
    {
        try
        {
            return Open(first);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    private Scaler? ReshaperFor(AVFrame* first)
    {
        var meaning = new SampleMeaning(first->colorspace, first->color_range, first->chroma_location);
        var target = new ScaleTarget(first->width, first->height, lane.Encoder.FormatFor(lane.Settings.BitDepth), meaning, meaning);
        return first->format == (int)target.Format ? null : Scaler.TryCreate(first, target, lane.Threads.Filter);
    }

    /// <summary>The picture in the form that the encoder takes; the one that was given is no longer the caller's, whatever happens.</summary>
    private MediaFrame Reshaped(MediaFrame frame)
    {
        if (_reshaper is null)
        {
            return frame;
        }

        using (frame)
        {
            return _reshaper.Scale(run.Frames, frame);
        }
    }

    private Encoder Open(MediaFrame first)
    {
        long began = Stopwatch.GetTimestamp();
        Encoder encoder = VideoEncoderFactory.Open(
            new EncoderOrder(lane.Encoder, lane.Settings, lane.Rate, lane.Threads) { Pass = EncoderPass.Of(run, lane), FillsUp = run.IsOnlyIn(Container.Ts, lane) }, first.Native);
        lock (run.Open)
        {
            // The encoders of a ladder open side by side.
            run.Open.Add(began);
        }

        try
        {
            SourceTimecode.Take(run, lane, first.Native);
            Declare(EncodedTrack.Of(lane.Label, encoder));
            lane.Opened(encoder.Context->width, encoder.Context->height);
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private void Declare(EncodedTrack track)
    {
        if (_stored is null)
        {
            run.Tracks.Declare(track);
            return;
        }

        using (track)
        {
            SegmentReplay.ThrowUnlessAlike(_stored, track);
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
