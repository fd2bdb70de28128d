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

    private readonly Queue<MediaPacket> _readAhead = new();
    private readonly JumpRepair? _repair = source.HasTimestampJumps ? new() : null;
    private readonly CutDetector _cut = new(run.Request.Input!, source, run.Stopping);
    private long _packets;

    /// <summary>
    /// Refuses an input that is known to be cut, and finds the rate and the first picture before the stages start. Reads ahead as far as
    /// that takes: two pictures, more where the container does not state the rate.
    /// </summary>
    public void Prepare()
    {
        _cut.ThrowIfBytesAreMissing();
        source.NominalRate = source.StatedRate ?? Measure();
        if (!source.IsMov)
        {
            FindFirstPicture();
        }
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

        if (_packets == 0)
        {
            throw new MediaException(ErrorClass.Input, "read the input: its video stream has no pictures; check the file with ffprobe");
        }

        _cut.ThrowIfBytesAreMissing();
        _cut.ThrowIfCutShort();
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

    /// <summary>An MP4's index knows the first picture; elsewhere it may come after the first packet.</summary>
    private void FindFirstPicture()
    {
        var leading = new LeadingPictures(source);
        foreach (MediaPacket packet in _readAhead)
        {
            leading.Add(packet);
        }

        while (leading.WantsMore && _readAhead.Count < MaxReadAhead && Next() is { } packet)
        {
            _readAhead.Enqueue(packet);
            leading.Add(packet);
        }

        if (leading.Earliest(run.Frames) is { } earliest)
        {
            source.FirstPictureAt(earliest);
        }
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
            _packets++;
            _cut.Note(native);
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
}
