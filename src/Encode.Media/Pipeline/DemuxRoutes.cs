using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Segments;

namespace Encode.Media.Pipeline;

/// <summary>
/// Where demuxed packets go: the picture's to its decoder, the others to every track that is made of their stream. Tells the tracks whose packets do
/// not come how far the input has been read, by marks (<see cref="MediaPacket.IsMark"/>): subtitles all the time, so that no output waits for a
/// line, and sound once, when it is long overdue. On the demuxer's thread.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="source">What is read.</param>
/// <param name="toCut">Keeps back what an earlier run has encoded; null where none has.</param>
internal sealed unsafe class DemuxRoutes(TranscodeRun run, SourceInfo source, CutLeadIn? toCut) : IDisposable
{
    /// <summary>How far the picture is read past the end of the output for sound that has not come so far.</summary>
    private const long MaxWaitForSound = 10 * TimeBases.Second;

    /// <summary>
    /// How far the picture is read before sound that was announced, and of which nothing has come, is taken to come late or never. Until then what
    /// is encoded waits for the outputs' headers, in memory: as much as is read to find out what an input holds.
    /// </summary>
    private const long MaxSilence = 10 * TimeBases.Second;

    /// <summary>Distance of marks: short against what a muxer holds back anyway, long against a packet.</summary>
    private const long MarkEvery = TimeBases.Second / 4;

    private readonly Dictionary<int, long> _soundTimes = [];
    private readonly HashSet<int> _subtitleStreams = [.. run.Subtitles.Select(subtitle => subtitle.StreamIndex)];
    private readonly List<SoundLane> _unheard = [.. run.Sounds];
    private long _videoTime = long.MinValue;
    private long _firstTime = long.MinValue;
    private long _marked = long.MinValue;

    /// <summary>Where pictures are needed from, in nanoseconds from the start of the output.</summary>
    public long NeededFrom => toCut?.From ?? 0;

    /// <summary>Packets of the picture so far.</summary>
    public long Pictures { get; private set; }

    /// <summary>Whether every stream that is used has come past the end of the output; a silent one is not waited for.</summary>
    public bool ArePastTheEnd
    {
        get
        {
            if (_videoTime < run.Limit)
            {
                return false;
            }

            foreach (int index in source.SoundIndices)
            {
                if (_soundTimes.GetValueOrDefault(index) < run.Limit && _videoTime - run.Limit < MaxWaitForSound)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Moves a packet to where it belongs.</summary>
    /// <param name="packet">No longer the caller's.</param>
    /// <param name="time">When it is decoded, in nanoseconds from the start of the output.</param>
    public void Send(MediaPacket packet, long time)
    {
        int stream = packet.Native->stream_index;
        if (stream == source.VideoIndex)
        {
            Pictures++;
            _videoTime = Math.Max(_videoTime, time);
            SendPicture(packet, time);
            Mark();
        }
        else if (_subtitleStreams.Contains(stream))
        {
            SendSubtitle(packet);
        }
        else
        {
            SendSound(packet, time);
        }
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete()
    {
        if (toCut is { IsReached: false })
        {
            run.Replay.Reached();
            toCut.SendAll(run.VideoPackets);
        }

        run.VideoPackets.Complete();
        foreach (SoundLane sound in run.Sounds)
        {
            sound.Packets.Complete();
        }

        foreach (SubtitleLane subtitle in run.Subtitles)
        {
            subtitle.Packets.Complete();
        }
    }

    public void Dispose() => toCut?.Dispose();

    /// <summary>Sends a packet of the picture to its decoder, or keeps it back until it is known to be needed.</summary>
    private void SendPicture(MediaPacket packet, long time)
    {
        if (toCut is null or { IsReached: true })
        {
            run.VideoPackets.Send(packet);
        }
        else if (toCut.Take(packet, time))
        {
            run.Replay.Reached();
            toCut.SendAll(run.VideoPackets);
        }
    }

    private void SendSubtitle(MediaPacket packet)
    {
        var fan = new PacketFan(run.Packets, packet);
        foreach (SubtitleLane subtitle in run.Subtitles)
        {
            if (subtitle.StreamIndex == packet.Native->stream_index)
            {
                fan.Add(subtitle.Packets);
            }
        }

        fan.Finish();
    }

    private void SendSound(MediaPacket packet, long time)
    {
        _soundTimes[packet.Native->stream_index] = time;
        var fan = new PacketFan(run.Packets, packet);
        foreach (SoundLane sound in run.Sounds)
        {
            if (sound.StreamIndex == packet.Native->stream_index)
            {
                _unheard.Remove(sound);
                fan.Add(sound.Packets);
            }
        }

        fan.Finish();
    }

    private void Mark()
    {
        _firstTime = _firstTime == long.MinValue ? _videoTime : _firstTime;
        if (_marked != long.MinValue && _videoTime < _marked + MarkEvery)
        {
            return;
        }

        _marked = _videoTime;
        foreach (SubtitleLane subtitle in run.Subtitles)
        {
            subtitle.Packets.Send(run.Packets.RentMark(0, _videoTime));
        }

        if (_unheard.Count > 0 && _videoTime - _firstTime > MaxSilence)
        {
            _unheard.ForEach(sound => sound.Packets.Send(run.Packets.RentMark(0, _videoTime)));
            _unheard.Clear();
        }
    }
}
