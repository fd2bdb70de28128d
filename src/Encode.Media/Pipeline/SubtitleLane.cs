using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>One subtitle track of the job while it is made.</summary>
internal sealed class SubtitleLane(TranscodeRun run, SubtitleSettings settings)
{
    /// <summary>Packets ahead of the stage: pictures of subtitles come in tens at once.</summary>
    private const int PacketQueue = 64;

    public SubtitleSettings Settings { get; } = settings;

    /// <summary>What its tracks are called; each has a number of its own.</summary>
    public TrackLabel Label { get; set; } = new(-1, TrackKind.Subtitle, settings.Name);

    /// <summary>The source's stream that it is made of.</summary>
    public int StreamIndex { get; set; } = -1;

    /// <summary>What it is made into; empty until the input is open.</summary>
    public List<SubtitleForm> Forms { get; } = [];

    public StageQueue<MediaPacket> Packets { get; } = new(PacketQueue);

    public StageClock Clock { get; } = new(run.Settings.Subtitles.Count > 1 ? $"subtitle {settings.Name}" : "subtitle");
}
