using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Brings decoded pictures into the form the encoder takes, then into a constant rate. A picture that already has that form is handed on
/// by reference, without a graph; a repeated picture is a second reference. When the source changes its form in mid-stream the graph is
/// drained and made anew for the same output.
/// </summary>
internal sealed unsafe class VideoFilterStage(TranscodeRun run, RenditionLane lane, Rational sourceRate, Orientation orientation, AVRational containerAspect) : IDisposable
{
    /// <summary>Longest time one picture is repeated for, in seconds: a slide show passes, a broken clock does not.</summary>
    public const int MaxGapSeconds = 3600;

    private static readonly AVRational Clock = new() { num = 1, den = (int)TimeBases.Second };

    private readonly Cadence _cadence = new(lane.Rate);
    private PicturePlan? _plan;
    private FilterGraph? _graph;
    private PictureForm _form;
    private Orientation _orientation;
    private MediaFrame? _waiting;
    private MediaFrame? _held;
    private long _end;
    private long _lastTick = long.MinValue;

    public void Run()
    {
        try
        {
            while (lane.Decoded.Receive() is { } frame)
            {
                Queue(frame);
            }

            TakeWaiting();
            Drain();
            EmitHeld(_held is null ? 0 : _cadence.Finish(_end));
            lane.Filtered.Complete();
            FrameFan.Complete(lane.Children);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _graph?.Dispose();
        _graph = null;
        _held?.Dispose();
        _held = null;
        _waiting?.Dispose();
        _waiting = null;
    }

    /// <summary>Lets a picture wait for the next one: when both fall into one slot it would be dropped anyway, so it is not filtered at all.</summary>
    private void Queue(MediaFrame frame)
    {
        _end = Math.Max(_end, Math.Min(frame.Time + frame.Duration, run.Limit));
        MediaFrame? before = _waiting;
        _waiting = frame;
        if (before is null)
        {
            return;
        }

        // A deinterlacer needs the neighbours of each picture, so fields are all filtered.
        if (lane.Settings.KeepsTimes || _form.Interlaced || PictureForm.IsInterlaced(before.Native) || _cadence.SlotOf(before.Time) < _cadence.SlotOf(frame.Time))
        {
            Take(before);
        }
        else
        {
            before.Dispose();
        }
    }

    private void TakeWaiting()
    {
        if (_waiting is { } frame)
        {
            _waiting = null;
            Take(frame);
        }
    }

    private void Take(MediaFrame frame)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            PictureForm.Normalize(frame.Native, containerAspect);
            var form = PictureForm.Of(frame.Native).After(_form);
            if (_plan is null || form != _form)
            {
                Drain();
                Prepare(frame.Native, form);
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        if (_graph is null)
        {
            lane.Filter.Add(began);
            Place(frame);
            return;
        }

        frame.Native->pts = frame.Time;
        frame.Native->duration = frame.Duration;
        using (frame)
        {
            _graph.Send(frame);
        }

        lane.Filter.Add(began);
        ReceiveAll();
    }

    private void Prepare(AVFrame* first, PictureForm form)
    {
        _form = form;
        if (_plan is null)
        {
            _orientation = orientation == Orientation.Upright ? Orientation.Of(first) : orientation;
            _plan = PicturePlan.For(first, form, _orientation, lane.Settings, lane.Encoder, lane.Rate, sourceRate);
        }
        else
        {
            _plan = _plan.Again(first, form, _orientation, lane.Settings);
        }

        foreach (string note in _plan.Notes)
        {
            run.Note(note);
        }

        _graph?.Dispose();
        _graph = _plan.Filters.Length == 0 ? null : FilterGraph.OpenFor(first, Clock, isVideo: true, _plan.Filters, lane.Threads.Filter);
    }

    private void Drain()
    {
        if (_graph is not null)
        {
            _graph.SendEnd(_end);
            ReceiveAll();
        }
    }

    private void ReceiveAll()
    {
        while (true)
        {
            MediaFrame frame = run.Frames.Rent();
            long began = Stopwatch.GetTimestamp();
            CodecStep step;
            try
            {
                step = _graph!.Receive(frame);
            }
            catch
            {
                frame.Dispose();
                throw;
            }

            lane.Filter.Add(began);
            if (step != CodecStep.Done)
            {
                frame.Dispose();
                return;
            }

            frame.Time = TimeBases.ToNanoseconds(frame.Native->pts, _graph.OutputTimeBase);
            frame.Duration = TimeBases.ToNanoseconds(Math.Max(0, frame.Native->duration), _graph.OutputTimeBase);
            Place(frame);
        }
    }

    /// <summary>Shows the held picture until this one's slot, then holds this one.</summary>
    private void Place(MediaFrame frame)
    {
        long count;
        try
        {
            _plan!.Tag(frame.Native);
            SendToChildren(frame);
            count = lane.Settings.KeepsTimes ? 0 : _cadence.Advance(_cadence.SlotOf(frame.Time));
            if (count > MaxGapSeconds * lane.Rate.Value)
            {
                throw new MediaException(ErrorClass.Input, $"read the picture: its timestamps jump by more than {MaxGapSeconds} s; repair the file by a remux first");
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        if (lane.Settings.KeepsTimes)
        {
            SendAtItsTime(frame);
            return;
        }

        MediaFrame? before = _held;
        _held = frame;
        if (before is not null)
        {
            Emit(before, count);
        }
    }

    private void SendToChildren(MediaFrame frame)
    {
        foreach (RenditionLane child in lane.Children)
        {
            child.Decoded.Send(run.Frames.RentReferenceTo(frame));
        }
    }

    /// <summary>Hands a picture on with its own time; one that is not later than the one before cannot be shown and is dropped.</summary>
    private void SendAtItsTime(MediaFrame frame)
    {
        if (frame.Time < 0 && frame.Time + frame.Duration > 0)
        {
            // It began before the output and is shown as far as it reaches into it.
            frame.Duration += frame.Time;
            frame.Time = 0;
        }

        long tick = TimeBases.FromNanoseconds(frame.Time, VideoEncoderFactory.KeptTimes);
        if (tick <= _lastTick || tick < 0)
        {
            frame.Dispose();
            return;
        }

        _lastTick = tick;
        long end = Math.Min(run.Limit, frame.Time + frame.Duration);
        frame.Native->pts = tick;
        frame.Native->duration = Math.Max(1, TimeBases.FromNanoseconds(end, VideoEncoderFactory.KeptTimes) - tick);
        lane.Filtered.Send(frame);
    }

    private void EmitHeld(long count)
    {
        if (_held is { } last)
        {
            _held = null;
            Emit(last, count);
        }
    }

    /// <summary>Sends references to a picture, as often as it is shown; consumes it.</summary>
    private void Emit(MediaFrame frame, long count)
    {
        using (frame)
        {
            long end = _cadence.NextSlot;
            for (long slot = end - count; slot < end; slot++)
            {
                MediaFrame sent = run.Frames.RentReferenceTo(frame);
                if (slot > end - count)
                {
                    // Captions are a stream of bytes spread over the pictures: sent twice they garble.
                    ffmpeg.av_frame_remove_side_data(sent.Native, AVFrameSideDataType.AV_FRAME_DATA_A53_CC);
                }

                sent.Native->pts = slot;
                sent.Native->duration = 1;
                lane.Filtered.Send(sent);
            }
        }
    }
}
