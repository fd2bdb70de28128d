using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>One rendition of the picture, as it was made.</summary>
public record JobRendition
{
    /// <summary>Its name in the job.</summary>
    public required string Name { get; init; }

    /// <summary>Coding format.</summary>
    public required VideoCodec Codec { get; init; }

    /// <summary>Name of the encoder, such as <c>libx264</c>.</summary>
    public required string Encoder { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Frames a second; nominal where every picture keeps its own time.</summary>
    public required Rational FrameRate { get; init; }

    /// <summary>Pictures in it.</summary>
    public required long Frames { get; init; }

    /// <summary>Bytes that the encoder made.</summary>
    public required long Bytes { get; init; }

    /// <summary>Average bitrate in bit/s.</summary>
    public required long Bitrate { get; init; }

    /// <summary>PSNR against the pictures that went into the encoder, in dB; null unless the job asked for it.</summary>
    public PlaneFigures? Psnr { get; init; }

    /// <summary>SSIM against the pictures that went into the encoder, from 0 to 1; null unless the job asked for it.</summary>
    public PlaneFigures? Ssim { get; init; }
}
