using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Decodes the sound and brings it onto the output's clock: silence before a late start and in gaps, samples dropped where it overlaps,
/// a slow stretch where its clock drifts (aresample's <c>async</c>). Long silence is written past the filters, which would hold all of it
/// in memory.
/// </summary>
internal sealed unsafe class SoundStage(TranscodeRun run, SourceInfo source, SoundLane lane) : IDisposable
{
    /// <summary>Silence that the filters may make at once, in nanoseconds: half a second is a few hundred kilobytes.</summary>
    private const long MaxFilteredSilence = TimeBases.Second / 2;

    /// <summary>Samples a second of sound whose own rate is not known when it has to be.</summary>
    private const int LateRate = 48_000;

    private readonly AVStream* _stream = source.Stream(lane.StreamIndex);
    private SoundOutput? _output;
    private FilterGraph? _graph;
    private MediaFrame? _waiting;
    private SoundForm _form;
    private long _nextTime;
    private long _endPoint;
    private long _fedUntil;

    public void Run()
    {
        try
        {
            using Decoder decoder = Decoder.Open(_stream, threads: 1);
            AVCodecParameters* parameters = _stream->codecpar;
            if (parameters->sample_rate > 0 && parameters->ch_layout.nb_channels > 0)
            {
                // Known before the first packet, so that the output's header waits for the picture alone.
                _output = new SoundOutput(run, lane, parameters->sample_rate, parameters->ch_layout.nb_channels);
            }

            while (lane.Packets.Receive() is { } packet)
            {
                using (packet)
                {
                    if (packet.IsMark)
                    {
                        OpenForLate();
                        continue;
                    }

                    Decode(decoder, packet);
                }
            }

            Decode(decoder, null);
            FilterLast();
            Drain();
            if (decoder.DamagedPackets > 0)
            {
                run.Note($"{decoder.DamagedPackets} damaged packets of the sound could not be decoded.");
            }

            End();
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
        _output?.Dispose();
        _output = null;
        _waiting?.Dispose();
        _waiting = null;
    }

    private void End()
    {
        if (_output is null or { NextSample: 0 })
        {
            run.Note("The sound stream held nothing that could be decoded; the output has no sound.");
        }

        if (_output is null)
        {
            run.Tracks.GiveUp(lane.Track);
            return;
        }

        _output.Finish();
    }

    /// <summary>
    /// Nothing has come for so long that the outputs wait no longer for its form, which only a packet would tell: a form that every player takes is chosen,
    /// and what comes later is brought into it.
    /// </summary>
    private void OpenForLate()
    {
        if (_output is null)
        {
            _output = new SoundOutput(run, lane, LateRate, sourceChannels: 2);
        }
    }

    private void Decode(Decoder decoder, MediaPacket? packet)
    {
        bool taken;
        do
        {
            long began = Stopwatch.GetTimestamp();
            taken = decoder.Send(packet);
            lane.Clock.Add(began);
            while (ReceiveOne(decoder))
            {
            }
        }
        while (!taken);
    }

    private bool ReceiveOne(Decoder decoder)
    {
        MediaFrame frame = run.Frames.Rent();
        long began = Stopwatch.GetTimestamp();
        CodecStep step;
        try
        {
            step = decoder.Receive(frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        lane.Clock.Add(began);
        if (step != CodecStep.Done)
        {
            frame.Dispose();
            return false;
        }

        using (MediaFrame? before = _waiting)
        {
            _waiting = frame;
            if (before is not null)
            {
                Filter(before);
            }
        }

        lane.Clock.CountFrame();
        return true;
    }

    /// <summary>The last frame waits until it is known to be the last: an MP4 tells by its length how much of it is the encoder's padding.</summary>
    private void FilterLast()
    {
        using MediaFrame? last = _waiting;
        _waiting = null;
        if (last is null)
        {
            return;
        }

        AVFrame* native = last.Native;
        long stated = native->duration > 0 ? TimeBases.ToNanoseconds(native->duration, _stream->time_base) : 0;
        long samples = TimeBases.Scale(stated, native->sample_rate, TimeBases.Second);
        if (source.IsMov && samples > 0 && samples < native->nb_samples)
        {
            native->nb_samples = (int)samples;
        }

        Filter(last);
    }

    private void Filter(MediaFrame frame)
    {
        AVFrame* native = frame.Native;
        if (native->nb_samples == 0)
        {
            return;
        }

        if (native->ch_layout.order == AVChannelOrder.AV_CHANNEL_ORDER_UNSPEC)
        {
            ffmpeg.av_channel_layout_default(&native->ch_layout, native->ch_layout.nb_channels);
        }

        SetTime(frame);
        if (!SoundTrim.Keep(frame, run.Limit))
        {
            return;
        }

        _output ??= new SoundOutput(run, lane, native->sample_rate, native->ch_layout.nb_channels);
        SoundForm form = SoundForm.Of(native);
        if (form != _form || GapBefore(frame) > MaxFilteredSilence)
        {
            CloseGraph();
            FillGap(GapBefore(frame));
        }

        if (_graph is null)
        {
            _form = form;
            _graph = FilterGraph.OpenFor(native, Clock(native->sample_rate), isVideo: false, _output.FiltersFor(native->sample_rate, source.HasTimestampJumps), threads: 1);
        }

        _endPoint = native->pts + native->nb_samples;
        _fedUntil = frame.Time + frame.Duration;
        long began = Stopwatch.GetTimestamp();
        _graph.Send(frame);
        lane.Clock.Add(began);
        ReceiveAll();
    }

    /// <summary>Nothing between what was taken before and a frame; filters may hold seconds of it back, so what they were given counts too.</summary>
    private long GapBefore(MediaFrame frame)
    {
        long made = TimeBases.Scale(_output!.NextSample, TimeBases.Second, _output.Rate);
        return frame.Time - (_graph is null ? made : Math.Max(made, _fedUntil));
    }

    private void FillGap(long gap)
    {
        if (gap > VideoFilterStage.MaxGapSeconds * TimeBases.Second)
        {
            throw new MediaException(ErrorClass.Input, $"read the sound: its timestamps jump by more than {VideoFilterStage.MaxGapSeconds} s; repair the file by a remux first");
        }

        if (gap > MaxFilteredSilence)
        {
            _output!.TakeSilence(TimeBases.Scale(gap, _output.Rate, TimeBases.Second));
        }
    }

    private void SetTime(MediaFrame frame)
    {
        AVFrame* native = frame.Native;
        long timestamp = native->best_effort_timestamp;
        frame.Time = timestamp == ffmpeg.AV_NOPTS_VALUE ? _nextTime : TimeBases.ToNanoseconds(timestamp, _stream->time_base) - source.Start;
        frame.Duration = TimeBases.Scale(TimeBases.Second, native->nb_samples, native->sample_rate);
        _nextTime = frame.Time + frame.Duration;
        native->pts = TimeBases.FromNanoseconds(frame.Time, Clock(native->sample_rate));
        native->duration = native->nb_samples;
    }

    private void CloseGraph()
    {
        Drain();
        _graph?.Dispose();
        _graph = null;
    }

    private void Drain()
    {
        if (_graph is not null)
        {
            _graph.SendEnd(_endPoint);
            ReceiveAll();
        }
    }

    private void ReceiveAll()
    {
        while (true)
        {
            using MediaFrame frame = run.Frames.Rent();
            long began = Stopwatch.GetTimestamp();
            CodecStep step = _graph!.Receive(frame);
            lane.Clock.Add(began);
            if (step != CodecStep.Done)
            {
                return;
            }

            _output!.Take(frame);
        }
    }

    private static AVRational Clock(int rate) => new() { num = 1, den = rate };
}
