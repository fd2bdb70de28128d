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
        MediaFrame? frame = lane.Filtered.Receive();
        ThrowIfPicturesAreMissing(frame);
        if (frame is null)
        {
            throw new MediaException(ErrorClass.Input, "encode the picture: the input has no pictures; check the file with ffprobe");
        }

        try
        {
            using Encoder encoder = Begin(ref frame);
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

    /// <summary>
    /// Behind a cut the first picture is the one that the run before would have made next. It is another where the source cannot be decoded from shortly
    /// before: damaged there, or refreshed little by little without any key frame that is whole.
    /// </summary>
    /// <exception cref="MediaException">It is another, or there is none (class platform).</exception>
    private void ThrowIfPicturesAreMissing(MediaFrame? first)
    {
        if (_stored is not null && (first is null || first.Native->pts != lane.FirstPts))
        {
            first?.Dispose();
            throw new MediaException(ErrorClass.Platform, $"go on with {_stored.Label.Name}: the source cannot be decoded from where the interruption was, so pictures would be missing; the job begins anew");
        }
    }

    /// <summary>Opens an encoder and shows its track to the outputs. The picture is then in the form that it takes, and disposed of when this throws.</summary>
    private Encoder Begin(ref MediaFrame first)
    {
        Encoder? encoder = null;
        try
        {
            encoder = OpenAny(ref first);
            Announce(encoder, first);
            return encoder;
        }
        catch
        {
            encoder?.Dispose();
            first.Dispose();
            throw;
        }
    }

    /// <summary>Opens the encoder, or the one that stands in for it where it does not open. The picture stays the caller's, whichever it is then.</summary>
    private Encoder OpenAny(ref MediaFrame first)
    {
        try
        {
            return Open(first);
        }
        catch (MediaException error) when (lane.Encoder.Kind != EncoderChoice.Software && EncoderChoosing.MayFallBack(lane.Settings))
        {
            FallBack(ref first, error);
        }

        return Open(first);
    }

    private void FallBack(ref MediaFrame first, MediaException cause)
    {
        lane.Replace(EncoderChoosing.FallBack(run, lane.Settings, cause));
        _reshaper = ReshaperFor(first.Native);
        if (_reshaper is not null)
        {
            MediaFrame reshaped = _reshaper.Scale(run.Frames, first);
            first.Dispose();
            first = reshaped;
        }
    }

    private Scaler? ReshaperFor(AVFrame* first)
    {
        AVPixelFormat format = lane.Encoder.FormatFor(lane.Settings.BitDepth);
        if (first->format == (int)format)
        {
            return null;
        }

        var meaning = new SampleMeaning(first->colorspace, first->color_range, first->chroma_location);
        return Scaler.TryCreate(first, new ScaleTarget(first->width, first->height, format, meaning, meaning), lane.Threads.Filter)
            ?? throw new MediaException(
                ErrorClass.Capability,
                $"fall back on encoder {lane.Encoder.Name}: its pictures ({ffmpeg.av_get_pix_fmt_name(format)}) cannot be made of those that were prepared for the other ({ffmpeg.av_get_pix_fmt_name((AVPixelFormat)first->format)}); ask for encoder software");
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

        return encoder;
    }

    private void Announce(Encoder encoder, MediaFrame first)
    {
        SourceTimecode.Take(run, lane, first.Native);
        Declare(EncodedTrack.Of(lane.Label, encoder));
        lane.Opened(encoder.Context->width, encoder.Context->height);
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
