namespace Encode.Bench.Matrix;

/// <summary>One encoder with one preset.</summary>
internal sealed record MatrixPoint
{
    /// <summary>libavcodec's name of the encoder.</summary>
    public required string Encoder { get; init; }

    /// <summary>The preset.</summary>
    public required string Preset { get; init; }

    /// <summary>Why there are no figures; null when there are.</summary>
    public string? Error { get; init; }

    /// <summary>Frames a wall-clock second.</summary>
    public double Fps { get; init; }

    /// <summary>Output seconds a wall-clock second.</summary>
    public double RealTimeFactor { get; init; }

    /// <summary>User and system seconds of the process during the encode.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Largest resident set of the process in bytes; null where /proc is not mounted.</summary>
    public long? PeakRssBytes { get; init; }

    /// <summary>Average bitrate of the picture in bit/s.</summary>
    public double VideoBitrate { get; init; }

    /// <summary>Whether that is further from what was asked for than quality could be compared at.</summary>
    public bool MissesBitrate { get; init; }

    /// <summary>PSNR against what went into the encoder, over all planes, in dB.</summary>
    public double? Psnr { get; init; }
}
