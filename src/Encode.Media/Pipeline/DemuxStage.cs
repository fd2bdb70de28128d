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

    /// <summary>How far before the start of the output reading begins: longer than any reordering and any sound decoder's run-in.</summary>
    private const long Preroll = TimeBases.Second / 2;

    /// <summary>How far before it where there are subtitles: a line that is shown at the start may have begun so long before.</summary>
    private const long SubtitlePreroll = 10 * TimeBases.Second;

    private readonly DemuxRoutes _routes = new(run, source, run.Replay.Cut is { } cut && source.HasTimestamps ? new(cut.Time, source) : null);
    private readonly Queue<MediaPacket> _readAhead = new();
    private readonly JumpRepair? _repair = source.HasTimestampJumps ? new() : null;
    private readonly CutDetector _cut = new(run.Request.Input!, source, run.Stopping);
    private LeadIn? _leadIn;

    /// <summary>
    /// Refuses an input that is known to be cut, and finds the rate and the first picture before the stages start. Reads ahead as far as
    /// that takes: two pictures, more where the container does not state the rate.
    /// </summary>
    public void Prepare()
    {
        _cut.ThrowIfBytesAreMissing();
        source.NominalRate = SourceRate.Doubted(source.Video) is { } doubted && source.HasTimestamps && SourceRate.Fits(doubted, FirstTimes()) ? doubted
            : source.StatedRate ?? SourceRate.Measured(FirstTimes());
        if (!source.IsMov)
        {
            FindFirstPicture();
        }
    }

    /// <summary>
    /// Goes to where the output begins, a little before it, so that decoders have what they need to start cleanly. Transport and program streams
    /// have no index, and clocks that may jump: they are read up to there (see <see cref="LeadIn"/>). Streams without any timestamps are decoded
    /// from their start. What lies before the output is dropped by the stages that see it.
    /// </summary>
    public void SeekToStart()
    {
        // Only a job of pictures alone can leave out what lies before a cut.
        long toCut = run.Sounds.Count == 0 && run.Subtitles.Count == 0 ? _routes.NeededFrom : 0;
        if ((run.Settings.InputStart <= 0 && toCut <= 0) || !source.HasTimestamps)
        {
            return;
        }

        if (source.HasTimestampJumps)
        {
            _leadIn = run.Settings.InputStart > 0 ? NewLeadIn() : null;
            return;
        }

        long first = run.Settings.InputStart > 0 ? source.First : source.Start;
        long target = source.Start + toCut - (run.Subtitles.Count > 0 ? SubtitlePreroll : Preroll);
        if (run.Subtitles.Count > 0)
        {
            // Pictures from so long before are read for the lines between them, and not decoded.
            _leadIn = NewLeadIn();
        }

        if (target > first && input.SeekBefore(source.VideoIndex, TimeBases.FromNanoseconds(target, source.Video->time_base)))
        {
            DropReadAhead();
        }
    }

    public void Run()
    {
        while (_readAhead.TryDequeue(out MediaPacket? early))
        {
            Pass(early);
        }

        while (true)
        {
            run.Stopping.ThrowIfCancellationRequested();
            if (Next() is not { } packet)
            {
                break;
            }

            Pass(packet);
            if (_routes.ArePastTheEnd)
            {
                Complete();
                return;
            }
        }

        LetLeadInGo();

        if (_routes.Pictures == 0)
        {
            throw new MediaException(ErrorClass.Input, "read the input: its video stream has no pictures; check the file with ffprobe");
        }

        _cut.ThrowIfBytesAreMissing();
        _cut.ThrowIfCutShort();
        Complete();
    }

    public void Dispose()
    {
        DropReadAhead();
        _leadIn?.Dispose();
        _routes.Dispose();
    }

    private void DropReadAhead()
    {
        while (_readAhead.TryDequeue(out MediaPacket? packet))
        {
            packet.Dispose();
        }
    }

    /// <summary>Puts a packet on a clock that does not jump, and lets it go on once the output's start is reached.</summary>
    private void Pass(MediaPacket packet)
    {
        run.Demux.CountFrame();
        AVStream* stream = input.Context->streams[packet.Native->stream_index];
        _repair?.Apply(packet.Native, stream->time_base, isSparse: stream->codecpar->codec_type is not (AVMediaType.AVMEDIA_TYPE_VIDEO or AVMediaType.AVMEDIA_TYPE_AUDIO));
        if (_leadIn is null)
        {
            Route(packet);
        }
        else if (_leadIn.Take(packet, TimeOf(packet.Native), ShownAt(packet.Native)))
        {
            LetLeadInGo();
        }
    }

    private LeadIn NewLeadIn() => new(source.VideoIndex, Preroll, [.. run.Subtitles.Select(subtitle => subtitle.StreamIndex)]);

    private void Route(MediaPacket packet)
    {
        if (packet.Native->stream_index == source.VideoIndex)
        {
            _cut.Note(packet.Native);
        }

        _routes.Send(packet, TimeOf(packet.Native));
    }

    private void LetLeadInGo()
    {
        List<MediaPacket> packets = _leadIn?.TakeAll() ?? [];
        _leadIn = null;
        int sent = 0;
        try
        {
            for (; sent < packets.Count; sent++)
            {
                Route(packets[sent]);
            }
        }
        catch
        {
            // Route has taken the one that failed.
            packets.Skip(sent + 1).ToList().ForEach(packet => packet.Dispose());
            throw;
        }
    }

    private long TimeOf(AVPacket* packet)
    {
        long stamp = packet->dts != ffmpeg.AV_NOPTS_VALUE ? packet->dts : packet->pts;
        return stamp == ffmpeg.AV_NOPTS_VALUE ? 0 : TimeBases.ToNanoseconds(stamp, input.Context->streams[packet->stream_index]->time_base) - source.Start;
    }

    private long ShownAt(AVPacket* packet) => packet->pts == ffmpeg.AV_NOPTS_VALUE
        ? TimeOf(packet)
        : TimeBases.ToNanoseconds(packet->pts, input.Context->streams[packet->stream_index]->time_base) - source.Start;

    /// <summary>Times of the first pictures in nanoseconds, on the input's clock.</summary>
    private List<long> FirstTimes()
    {
        var times = new List<long>(MeasuredPackets);
        foreach (MediaPacket packet in _readAhead)
        {
            Add(packet);
        }

        while (times.Count < MeasuredPackets && _readAhead.Count < MaxReadAhead && Next() is { } packet)
        {
            _readAhead.Enqueue(packet);
            Add(packet);
        }

        return times;

        void Add(MediaPacket packet)
        {
            if (packet.Native->stream_index == source.VideoIndex && packet.Native->pts != ffmpeg.AV_NOPTS_VALUE)
            {
                times.Add(TimeBases.ToNanoseconds(packet.Native->pts, source.Video->time_base));
            }
        }
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

    private void Complete()
    {
        run.Demux.Bytes = input.Context->pb->bytes_read;
        _routes.Complete();
    }
}
