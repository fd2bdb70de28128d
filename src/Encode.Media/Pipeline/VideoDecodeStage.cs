using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Decodes the picture, puts every frame on the output's clock and hands it to each rendition.</summary>
internal sealed unsafe class VideoDecodeStage(TranscodeRun run, SourceInfo source)
{
    private readonly FramePace _pace = new(source.NominalRate);
    private long _nextTime = source.HasTimestamps ? 0 : -(long)(run.Settings.InputStart * TimeBases.Second);
    private long _frames;
    private bool _sent;
    private long _lastSent;
    private long _end = long.MinValue;

    public void Run()
    {
        using Decoder decoder = Decoder.Open(source.Video, run.Threads.Decoder);
        while (run.VideoPackets.Receive() is { } packet)
        {
            using (packet)
            {
                Decode(decoder, packet);
            }
        }

        Decode(decoder, null);
        if (_frames == 0)
        {
            throw new MediaException(ErrorClass.Input, "decode the picture: not one frame could be decoded; the file is damaged or encrypted");
        }

        if (decoder.DamagedPackets > 0)
        {
            run.Note($"{decoder.DamagedPackets} damaged packets of the picture could not be decoded.");
        }

        if (run.Settings.InputStart > 0 && _end <= 0)
        {
            throw new MediaException(ErrorClass.Settings, FormattableString.Invariant($"read the input: it ends before the job's input.start of {run.Settings.InputStart:0.###} s; begin earlier"));
        }

        FrameFan.Complete(run.Roots);
    }

    private void Decode(Decoder decoder, MediaPacket? packet)
    {
        bool taken;
        do
        {
            long began = Stopwatch.GetTimestamp();
            taken = decoder.Send(packet);
            run.Decode.Add(began);
            while (ReceiveOne(decoder))
            {
            }
        }
        while (!taken);
    }

    private bool ReceiveOne(Decoder decoder)
    {
        MediaFrame frame = run.Frames.Rent();
        CodecStep step;
        long began = Stopwatch.GetTimestamp();
        try
        {
            step = decoder.Receive(frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        run.Decode.Add(began);
        if (step != CodecStep.Done)
        {
            frame.Dispose();
            return false;
        }

        run.Decode.CountFrame();
        SetTime(frame);
        if (frame.Time >= run.Limit)
        {
            NoteFollower(frame.Time);
            frame.Dispose();
            return true;
        }

        _lastSent = frame.Time;
        Prepare(frame);
        Send(frame);
        return true;
    }

    /// <summary>A picture behind the end of the output: the one before it is shown up to that end, whatever the container says of its length.</summary>
    private void NoteFollower(long time)
    {
        if (time - _lastSent <= VideoFilterStage.MaxGapSeconds * TimeBases.Second)
        {
            run.Roots.ForEach(lane => lane.ShownUntil = run.Limit);
        }
    }

    /// <summary>Looks at what only a picture says, and hides what the container hides of it; the frame is disposed of when this throws.</summary>
    private void Prepare(MediaFrame frame)
    {
        try
        {
            if (!_sent)
            {
                DolbyVision.Check(frame.Native);
            }

            source.Cropping.Apply(frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    private void Send(MediaFrame frame)
    {
        if (!_sent)
        {
            _sent = true;
            Cascade.Arrange(run, frame, source.Orientation, source.PixelAspect);
        }

        FrameFan.Send(run.Frames, frame, run.Roots);
    }

    private void SetTime(MediaFrame frame)
    {
        AVRational timeBase = source.Video->time_base;
        long timestamp = frame.Native->best_effort_timestamp;
        frame.Time = timestamp == ffmpeg.AV_NOPTS_VALUE ? _nextTime : TimeBases.ToNanoseconds(timestamp, timeBase) - source.Start;
        _pace.Add(frame.Time);
        frame.Duration = _pace.Credible(frame.Native->duration > 0 ? TimeBases.ToNanoseconds(frame.Native->duration, timeBase) : 0);
        _nextTime = frame.Time + frame.Duration;
        _end = Math.Max(_end, _nextTime);
        _frames++;
    }
}
