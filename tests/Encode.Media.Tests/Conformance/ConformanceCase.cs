using Encode.Contracts.Scenarios;

namespace Encode.Media.Tests.Conformance;

/// <summary>One source that the engine and the command line both transcode.</summary>
/// <param name="Name">Name of the source with its extension; the table of differences goes by it.</param>
/// <param name="Source">Makes the source and returns its path.</param>
internal sealed record ConformanceCase(string Name, Func<string> Source)
{
    /// <summary>The rate that the output must have; the default is that of most sources.</summary>
    public string Rate { get; init; } = "25/1";

    /// <summary>What the command line is told besides what every case tells it, such as the filter that stands for a setting of ours.</summary>
    public string Reference { get; init; } = string.Empty;

    /// <summary>How the command line encodes the picture.</summary>
    public string Encoder { get; init; } = CommandLine.X264;

    /// <summary>Seconds between key frames on both sides.</summary>
    public double GopSeconds { get; init; } = CommandLine.GopSeconds;

    /// <summary>Pixel format that the command line is told to encode.</summary>
    public string PixelFormat { get; init; } = "yuv420p";

    /// <summary>What our settings say otherwise than those of every case.</summary>
    public Func<VideoSettings, VideoSettings> Change { get; init; } = video => video;

    public override string ToString() => Name;
}
