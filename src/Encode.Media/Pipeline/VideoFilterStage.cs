using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Brings decoded pictures into the form the encoder takes, hands them to the renditions that are made of them, and then brings them into a
/// constant rate. A repeated picture is a second reference.
/// </summary>
internal sealed unsafe class VideoFilterStage : IDisposable
{
    /// <summary>Longest time one picture is repeated for, in seconds: a slide show passes, a broken clock does not.</summary>
    public const int MaxGapSeconds = 3600;

    private readonly TranscodeRun _run;
    private readonly RenditionLane _lane;
    private readonly Cadence _cadence;
    private readonly CaptionFlow _captions;
    private readonly PictureConverter _converter;
    private MediaFrame? _waiting;
    private MediaFrame? _held;
    private long _end;
    private long _lastTick = long.MinValue;

    /// <summary>The stage of a rendition.</summary>
    /// <param name="run">The run.</param>
    /// <param name="lane">The rendition.</param>
    /// <param name="sourceRate">The source's usual rate in frames a second.</param>
    /// <param name="orientation">How the container says that the picture is to be turned.</param>
    /// <param name="containerAspect">What the container says of the pixels' aspect.</param>
    public VideoFilterStage(TranscodeRun run, RenditionLane lane, Rational sourceRate, Orientation orientation, AVRational containerAspect)
    {
        _run = run;
        _lane = lane;
        _cadence = new Cadence(lane.Rate);
        _captions = new CaptionFlow(run, lane, sourceRate);
        _converter = new PictureConverter(run, lane, sourceRate, orientation, containerAspect, Place);
    }

    public void Run()
    {
        try
        {
            while (_lane.Decoded.Receive() is { } frame)
            {
                Queue(frame);
            }

            _end = Math.Max(_end, _lane.ShownUntil);
            TakeWaiting();
            _converter.Drain(_end);
            EmitHeld(_held is null ? 0 : _cadence.Finish(_end));
            _captions.Finish();
            _lane.Filtered.Complete();
            foreach (RenditionLane child in _lane.Children)
            {
                child.ShownUntil = _end;
            }

            FrameFan.Complete(_lane.Children);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _converter.Dispose();
        _held?.Dispose();
        _held = null;
        _waiting?.Dispose();
        _waiting = null;
    }

    /// <summary>Lets a picture wait for the next one: when both fall into one slot it would be dropped anyway, so it is not filtered at all.</summary>
    private void Queue(MediaFrame frame)
    {
        _end = Math.Max(_end, Math.Min(frame.Time + frame.Duration, _run.Limit));
        MediaFrame? before = _waiting;
        _waiting = frame;
        if (before is null)
        {
            return;
        }

        if (before.Time < 0 && frame.Time > before.Time)
        {
            // It may be the one that is shown when the output starts, and after a seek nothing is known yet of how long pictures are shown.
            before.Duration = Math.Max(before.Duration, frame.Time - before.Time);
        }

        // A deinterlacer needs the neighbours of each picture, so fields are all filtered.
        if (_lane.Settings.KeepsTimes || _converter.HasFields || PictureForm.IsInterlaced(before.Native) || _cadence.SlotOf(before.Time) < _cadence.SlotOf(frame.Time))
        {
            Take(before);
        }
        else
        {
            using (before)
            {
                if (!IsBeforeTheStart(before))
                {
                    _captions.Move(before, frame);
                }
            }
        }
    }

    private void TakeWaiting()
    {
        if (_waiting is { } frame)
        {
            _waiting = null;
            frame.Duration = Math.Max(frame.Duration, _lane.ShownUntil - frame.Time);
            Take(frame);
        }
    }

    private void Take(MediaFrame frame) => _converter.Convert(frame, _end);

    /// <summary>Shows the held picture until this one's slot, then holds this one.</summary>
    private void Place(MediaFrame frame)
    {
        _lane.Filter.CountFrame();
        long count;
        try
        {
            SendToChildren(frame);
            if (IsBeforeTheStart(frame))
            {
                // What was said then is over; the picture may be shown for longer.
                CaptionFlow.Drop(frame);
            }
            else
            {
                _captions.Take(frame);
            }

            count = _lane.Settings.KeepsTimes ? 0 : _cadence.Advance(_cadence.SlotOf(frame.Time));
            if (count > MaxGapSeconds * _lane.Rate.Value)
            {
                throw new MediaException(ErrorClass.Input, $"read the picture: its timestamps jump by more than {MaxGapSeconds} s; repair the file by a remux first");
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        if (_lane.Settings.KeepsTimes)
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

    /// <summary>Whether a picture's own time lies before the output.</summary>
    private bool IsBeforeTheStart(MediaFrame frame) => frame.Time < 0 && (_lane.Settings.KeepsTimes || _cadence.SlotOf(frame.Time) < 0);

    private void SendToChildren(MediaFrame frame)
    {
        foreach (RenditionLane child in _lane.Children)
        {
            child.Decoded.Send(_run.Frames.RentReferenceTo(frame));
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
        if (tick <= _lastTick || tick < Math.Max(0, _lane.FirstPts))
        {
            frame.Dispose();
            return;
        }

        _lastTick = tick;
        long end = Math.Min(_run.Limit, frame.Time + frame.Duration);
        frame.Native->pts = tick;
        frame.Native->duration = Math.Max(1, TimeBases.FromNanoseconds(end, VideoEncoderFactory.KeptTimes) - tick);
        _lane.Filtered.Send(frame);
    }

    private void EmitHeld(long count)
    {
        if (_held is { } last)
        {
            _held = null;
            Emit(last, count);
        }
    }

    /// <summary>Sends references to a picture, as often as it is shown, and where that is never gives its captions to the held one; consumes it.</summary>
    private void Emit(MediaFrame frame, long count)
    {
        using (frame)
        {
            if (count == 0 && _held is not null)
            {
                _captions.Move(frame, _held);
            }

            long end = _cadence.NextSlot;
            for (long slot = end - count; slot < end; slot++)
            {
                if (slot < _lane.FirstPts)
                {
                    // An earlier run has sent it, with its captions.
                    _captions.Skip();
                    continue;
                }

                _lane.Filtered.Send(Shown(frame, slot, isRepeated: slot > end - count));
            }
        }
    }

    /// <summary>A reference to a picture as it is shown in a slot; the caller owns it.</summary>
    private MediaFrame Shown(MediaFrame frame, long slot, bool isRepeated)
    {
        MediaFrame shown = _run.Frames.RentReferenceTo(frame);
        try
        {
            _captions.Give(shown, isRepeated);
            shown.Native->pts = slot;
            shown.Native->duration = 1;
            return shown;
        }
        catch
        {
            shown.Dispose();
            throw;
        }
    }
}
