using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>What was made of one rendition of the picture.</summary>
public sealed record RenditionResult
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

    /// <summary>How long the last picture is shown, in seconds; a frame's length at a constant rate.</summary>
    public double LastPictureSeconds { get; init; }

    /// <summary>End of its last picture in seconds from the start of the output.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Bytes that the encoder made.</summary>
    public required long Bytes { get; init; }

    /// <summary>PSNR against what went into the encoder, in dB; null unless <see cref="EncodeSettings.Quality"/> is asked for.</summary>
    public PlaneFigures? Psnr { get; init; }

    /// <summary>SSIM against what went into the encoder, from 0 to 1; null unless <see cref="EncodeSettings.Quality"/> is asked for.</summary>
    public PlaneFigures? Ssim { get; init; }
}
