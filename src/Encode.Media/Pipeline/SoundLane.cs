using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>One sound track of the job while it is made.</summary>
internal sealed unsafe class SoundLane : ITrackTally
{
    /// <summary>Sound packets ahead of the decoder: badly interleaved files have runs of hundreds.</summary>
    private const int PacketQueue = 512;

    private long _end;

    public SoundLane(TranscodeRun run, int number, AudioSettings settings)
    {
        Settings = settings;
        Label = new TrackLabel(run.Settings.Video.Count + number, TrackKind.Audio, settings.Name) { Disposition = number == 0 ? ffmpeg.AV_DISPOSITION_DEFAULT : 0 };
        Clock = new StageClock(run.Settings.Audio.Count > 1 ? $"audio {settings.Name}" : "audio") { Input = Packets };
    }

    public AudioSettings Settings { get; }

    public TrackLabel Label { get; set; }

    public int Track => Label.Id;

    /// <summary>The source's stream that it is made of; -1 for a generated clip.</summary>
    public int StreamIndex { get; set; } = -1;

    public StageQueue<MediaPacket> Packets { get; } = new(PacketQueue);

    public StageClock Clock { get; }

    /// <summary>End of the last packet, in nanoseconds from the start of the output.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        private set => Volatile.Write(ref _end, value);
    }

    /// <summary>Start of the first packet, which may be the encoder's priming before the start of the output; the greatest number before there is one.</summary>
    public long Begin { get; private set; } = long.MaxValue;

    /// <summary>Length of the longest packet in nanoseconds.</summary>
    public long LongestPacket { get; private set; }

    public void Count(AVPacket* packet, AVRational timeBase)
    {
        Begin = Math.Min(Begin, TimeBases.ToNanoseconds(packet->pts, timeBase));
        LongestPacket = Math.Max(LongestPacket, TimeBases.ToNanoseconds(packet->duration, timeBase));
        End = Math.Max(End, TimeBases.ToNanoseconds(packet->pts + packet->duration, timeBase));
        Clock.Bytes = (Clock.Bytes ?? 0) + packet->size;
    }
}
