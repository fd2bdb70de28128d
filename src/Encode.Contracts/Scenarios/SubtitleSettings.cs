namespace Encode.Contracts.Scenarios;

/// <summary>Everything that decides how a subtitle track is made.</summary>
public sealed record SubtitleSettings
{
    /// <summary>Name of the track, unique in its job: files of a folder are called by it.</summary>
    public string Name { get; init; } = "s0";

    /// <summary>Which track of the input.</summary>
    public TrackSource Source { get; init; } = new();

    /// <summary>How it reaches the output.</summary>
    public SubtitleMode Mode { get; init; } = SubtitleMode.Convert;
}
