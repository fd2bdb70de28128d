using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Reads packets and hands them to the decoders, and finds out at the end whether the input was all there.</summary>
internal sealed unsafe class DemuxStage(TranscodeRun run, InputContext input, SourceInfo source) : IDisposable
{
    /// <summary>Video packets read ahead to measure a rate that the container does not state.</summary>
    private const int MeasuredPackets = 40;

    /// <summary>Packets of any kind read ahead at most, where the picture starts late.</summary>
    private const int MaxReadAhead = 1000;

    /// <summary>How much of its stated length an input may lack, in nanoseconds, before it counts as cut short.</summary>
    private const long MaxMissing = TimeBases.Second;

    /// <summary>How much of its stated length an input may lack, as a share, before it counts as cut short.</summary>
    private const double MaxMissingShare = 0.02;

    private readonly Queue<MediaPacket> _readAhead = new();
    private readonly JumpRepair? _repair = source.HasTimestampJumps ? new() : null;
    private long _videoEnd = long.MinValue;
    private long _packets;

    /// <summary>Finds the rate of the picture before the stages start; reads ahead only where the container does not state it.</summary>
    public void FindRate()
    {
        source.NominalRate = source.StatedRate ?? Measure();
    }

    public void Run()
    {
        while (_readAhead.TryDequeue(out MediaPacket? early))
        {
            Route(early);
        }

        while (true)
        {
            run.Stopping.ThrowIfCancellationRequested();
            if (Next() is not { } packet)
            {
                break;
            }

            Route(packet);
        }

        ThrowIfCutShort();
        run.VideoPackets.Complete();
        run.AudioPackets.Complete();
    }

    public void Dispose()
    {
        while (_readAhead.TryDequeue(out MediaPacket? packet))
        {
            packet.Dispose();
        }
    }

    private Rational Measure()
    {
        var times = new List<long>(MeasuredPackets);
        while (times.Count < MeasuredPackets && _readAhead.Count < MaxReadAhead && Next() is { } packet)
        {
            _readAhead.Enqueue(packet);
            if (packet.Native->stream_index == source.VideoIndex && packet.Native->pts != ffmpeg.AV_NOPTS_VALUE)
            {
                times.Add(TimeBases.ToNanoseconds(packet.Native->pts, source.Video->time_base));
            }
        }

        return SourceRate.Measured(times);
    }

    private MediaPacket? Next()
    {
        MediaPacket packet = run.Packets.Rent();
        long began = Stopwatch.GetTimestamp();
        try
        {
            if (input.Read(packet))
            {
                run.Demux.Add(began);
                return packet;
            }
        }
        catch
        {
            packet.Dispose();
            throw;
        }

        run.Demux.Add(began);
        packet.Dispose();
        return null;
    }

    private void Route(MediaPacket packet)
    {
        _repair?.Apply(packet.Native, input.Context->streams[packet.Native->stream_index]->time_base);
        AVPacket* native = packet.Native;
        if (native->stream_index == source.VideoIndex)
        {
            NoteEnd(native);
            run.VideoPackets.Send(packet);
        }
        else if (native->stream_index == source.AudioIndex)
        {
            run.AudioPackets.Send(packet);
        }
        else
        {
            packet.Dispose();
        }
    }

    private void NoteEnd(AVPacket* packet)
    {
        _packets++;
        long time = packet->pts != ffmpeg.AV_NOPTS_VALUE ? packet->pts : packet->dts;
        if (time != ffmpeg.AV_NOPTS_VALUE)
        {
            _videoEnd = Math.Max(_videoEnd, TimeBases.ToNanoseconds(time + Math.Max(0, packet->duration), source.Video->time_base));
        }
    }

    /// <summary>Formats with an index state their true length; when the packets end well before it the file was cut.</summary>
    private void ThrowIfCutShort()
    {
        bool statesLength = source.IsMov || source.Format.StartsWith("matroska", StringComparison.Ordinal);
        if (_packets == 0)
        {
            throw new MediaException(ErrorClass.Input, "read the input: its video stream has no pictures; check the file with ffprobe");
        }

        if (!statesLength || source.Length == 0 || _videoEnd == long.MinValue)
        {
            return;
        }

        long begin = source.Video->start_time != ffmpeg.AV_NOPTS_VALUE
            ? TimeBases.ToNanoseconds(source.Video->start_time, source.Video->time_base)
            : source.Start;
        long missing = begin + source.Length - _videoEnd;
        if (missing > MaxMissing && missing > source.Length * MaxMissingShare)
        {
            double there = (double)(source.Length - missing) / TimeBases.Second;
            throw new MediaException(
                ErrorClass.Input,
                FormattableString.Invariant($"read the input: it is cut short, {there:0.0} s of {(double)source.Length / TimeBases.Second:0.0} s are there; upload the whole file"));
        }
    }
}
