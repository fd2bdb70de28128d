namespace Encode.Contracts.Scenarios;

/// <summary>Bounds on what a job may ask of a scenario.</summary>
public static class ScenarioLimits
{
    /// <summary>Length of a generated clip that no duration is named for, in seconds.</summary>
    public const double DefaultGeneratedSeconds = 10;

    /// <summary>Longest generated clip in seconds: enough to measure a host, short enough not to fill it.</summary>
    public const double MaxGeneratedSeconds = 120;

    /// <summary>Lowest video bitrate in bit/s that a job may name.</summary>
    public const long MinVideoBitrate = 50_000;

    /// <summary>Highest video bitrate in bit/s that a job may name: above the top of H.264 level 6.2's reach in practice.</summary>
    public const long MaxVideoBitrate = 400_000_000;

    /// <summary>Lowest constant rate in frames a second that a job may name.</summary>
    public const double MinFrameRate = 1;

    /// <summary>Highest constant rate in frames a second that a job may name: the highest that formats and screens of today have.</summary>
    public const double MaxFrameRate = 240;

    /// <summary>Highest number above or below the line of a rate that a job may name: products of time bases made of it stay within 64 bits.</summary>
    public const int MaxFrameRatePart = 1_000_000;
}
