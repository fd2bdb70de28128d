using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Brings pictures of any form into the one that a rendition's encoder takes, by the cheapest way there is:
///
///     nothing to do              the picture itself, by reference
///     one size, format, colour   a <see cref="Scaler"/>
///     anything else              a filter graph
///
/// When the source changes its form in mid-stream, what is inside is drained and the way chosen anew for the same output. Owned by one thread.
/// </summary>
internal sealed unsafe class PictureConverter(TranscodeRun run, RenditionLane lane, Rational sourceRate, Orientation container, AVRational containerAspect, Action<MediaFrame> send) : IDisposable
{
    private static readonly AVRational Clock = new() { num = 1, den = (int)TimeBases.Second };
    private static readonly AVRational Square = new() { num = 1, den = 1 };

    /// <summary>Pictures whose times are remembered until the deinterlacer hands them on: it keeps one back.</summary>
    private const int Captioned = 8;

    private PicturePlan? _plan;
    private FilterGraph? _graph;
    private Scaler? _scaler;
    private PictureForm _form = new PictureForm() with { Interlaced = lane.FieldsSince == long.MinValue };
    private Orientation _orientation;
    private AVColorSpace? _standIn;
    private long[]? _captioned;
    private long _captionedCount;

    /// <summary>Whether pictures of fields have been seen, so that every picture's neighbours matter.</summary>
    public bool HasFields => _form.Interlaced;

    public void Dispose()
    {
        _graph?.Dispose();
        _graph = null;
        _scaler?.Dispose();
        _scaler = null;
    }

    /// <summary>Converts a picture, which is no longer the caller's, and sends what comes of it.</summary>
    /// <param name="frame">The picture.</param>
    /// <param name="end">End of the pictures so far, in nanoseconds; a graph that is drained ends there.</param>
    public void Convert(MediaFrame frame, long end)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            PictureForm.Normalize(frame.Native, lane.Parent is null ? containerAspect : Square);
            var form = PictureForm.Of(frame.Native).After(_form);
            if (_plan is null || form != _form)
            {
                Drain(end);
                Prepare(frame.Native, form);
                lane.FieldsSince = form.Interlaced ? Math.Min(lane.FieldsSince, frame.Time) : lane.FieldsSince;
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        if (_graph is null)
        {
            MediaFrame converted = _scaler is null ? frame : Scaled(frame);
            lane.Filter.Add(began);
            Finish(converted);
            return;
        }

        frame.Native->pts = frame.Time;
        frame.Native->duration = frame.Duration;
        frame.Native->colorspace = _standIn ?? frame.Native->colorspace;
        NoteCaptioned(frame.Time);
        using (frame)
        {
            _graph.Send(frame);
        }

        lane.Filter.Add(began);
        ReceiveAll();
    }

    /// <summary>Sends what a graph still holds.</summary>
    public void Drain(long end)
    {
        if (_graph is not null)
        {
            _graph.SendEnd(end);
            ReceiveAll();
        }
    }

    private void Prepare(AVFrame* first, PictureForm form)
    {
        _form = form;
        if (_plan is null)
        {
            _orientation = lane.Parent is not null ? Orientation.Upright : container == Orientation.Upright ? Orientation.Of(first) : container;
            if (lane.Parent is null)
            {
                Cascade.Place(lane, form, _orientation.SwapsSides);
            }

            _plan = PicturePlan.For(first, form, _orientation, lane, sourceRate);
        }
        else
        {
            _plan = _plan.Again(first, form, _orientation, lane.Settings);
        }

        foreach (string note in _plan.Notes)
        {
            run.Note(note);
        }

        Dispose();
        _captioned = _plan.MakesPictureAField ? [.. Enumerable.Repeat(long.MinValue, Captioned)] : null;
        _scaler = _plan.OnlyScales is { } step ? Scaler.TryCreate(first, step.Target, lane.Threads.Filter) : null;
        if (_plan.Filters.Length == 0 || _scaler is not null)
        {
            return;
        }

        _standIn = _plan.MapsTones ? null : StandInFor(first->colorspace);
        first->colorspace = _standIn ?? first->colorspace;
        _graph = FilterGraph.OpenFor(first, Clock, isVideo: true, _plan.Filters, lane.Threads.Filter);
    }

    /// <summary>
    /// The filter that scales refuses matrices that it cannot convert (vf_scale.c), also where it has nothing to convert. Its own words for them stand
    /// in on the way through the graph, and what comes out says the true ones again (<see cref="PicturePlan.Tag"/>). Mapping tones takes all of them.
    /// </summary>
    private static AVColorSpace? StandInFor(AVColorSpace matrix) => matrix switch
    {
        AVColorSpace.AVCOL_SPC_UNSPECIFIED or AVColorSpace.AVCOL_SPC_RGB => null,
        AVColorSpace.AVCOL_SPC_BT2020_CL => AVColorSpace.AVCOL_SPC_BT2020_NCL,
        _ => ColourPlan.ScaleName(matrix) is null ? AVColorSpace.AVCOL_SPC_BT709 : null,
    };

    private void NoteCaptioned(long time)
    {
        if (_captioned is not null)
        {
            _captioned[_captionedCount++ % Captioned] = time;
        }
    }

    /// <summary>A picture that is made of a second field has all of its frame's side data, captions too, which the first one has brought already.</summary>
    private void DropCopiedCaptions(MediaFrame frame)
    {
        if (_captioned is not null && Array.IndexOf(_captioned, frame.Time) < 0)
        {
            CaptionFlow.Drop(frame);
        }
    }

    private MediaFrame Scaled(MediaFrame frame)
    {
        using (frame)
        {
            return _scaler!.Scale(run.Frames, frame);
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
            DropCopiedCaptions(frame);
            Finish(frame);
        }
    }

    private void Finish(MediaFrame frame)
    {
        try
        {
            _plan!.Tag(frame.Native);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        send(frame);
    }
}
