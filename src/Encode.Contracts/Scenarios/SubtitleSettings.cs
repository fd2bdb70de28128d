namespace Encode.Contracts.Scenarios;

/// <summary>Everything that decides how a subtitle track is made.</summary>
public sealed record SubtitleSettings
{
    /// <summary>Which track of the input.</summary>
    public TrackSource Source { get; init; } = new();

    /// <summary>How it reaches the output.</summary>
    public SubtitleMode Mode { get; init; } = SubtitleMode.Convert;
}
