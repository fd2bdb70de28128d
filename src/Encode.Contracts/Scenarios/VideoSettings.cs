using Encode.Contracts.Jobs;

namespace Encode.Contracts.Scenarios;

/// <summary>Everything that decides how a picture is made, resolved: no defaults are left to the agent.</summary>
public sealed record VideoSettings
{
    /// <summary>Name of the rendition, unique in its job.</summary>
    public string Name { get; init; } = "v0";

    /// <summary>Coding format.</summary>
    public required VideoCodec Codec { get; init; }

    /// <summary>Kind of encoder asked for. <see cref="EncoderChoice.Auto"/> means software until hardware is measured to be better on a node.</summary>
    public EncoderChoice Encoder { get; init; } = EncoderChoice.Auto;

    /// <summary>What happens when that encoder is not to be had.</summary>
    public EncoderFallback Fallback { get; init; } = EncoderFallback.None;

    /// <summary>Width of the box in pixels; the box turns for a portrait source.</summary>
    public required int BoxWidth { get; init; }

    /// <summary>Height of the box in pixels.</summary>
    public required int BoxHeight { get; init; }

    /// <summary>How the picture is placed in the box.</summary>
    public Fit Fit { get; init; } = Fit.Contain;

    /// <summary>Whether a picture smaller than the box is scaled up to it.</summary>
    public bool Upscale { get; init; } = true;

    /// <summary>Constant output rate in frames a second; null takes the source's nominal rate, constant too unless <see cref="KeepsTimes"/>.</summary>
    public Rational? FrameRate { get; init; }

    /// <summary>Whether every picture keeps its own time (<c>frame_rate: source</c>), so that a variable rate stays one.</summary>
    public bool KeepsTimes { get; init; }

    /// <summary>The encoder's own preset: x264 and x265 names, a number for SVT-AV1.</summary>
    public required string Preset { get; init; }

    /// <summary>The encoder's own tune; null for none.</summary>
    public string? Tune { get; init; }

    /// <summary>How bits are spent.</summary>
    public RateControlMode RateControl { get; init; } = RateControlMode.Abr;

    /// <summary>Average bitrate in bit/s, used up to 30 frames a second when <see cref="FrameRate"/> is null, and always otherwise.</summary>
    public required long Bitrate { get; init; }

    /// <summary>Average bitrate in bit/s for a source faster than 30 frames a second, when <see cref="FrameRate"/> is null.</summary>
    public long? BitrateAbove30 { get; init; }

    /// <summary>Constant quality for <see cref="RateControlMode.Crf"/>, on the encoder's own scale.</summary>
    public double? Crf { get; init; }

    /// <summary>Peak bitrate in bit/s: of <see cref="RateControlMode.Vbr"/>, where null means 1.5 times the average, and of a capped <see cref="RateControlMode.Crf"/>.</summary>
    public long? MaxBitrate { get; init; }

    /// <summary>Seconds of the peak bitrate that the decoder's buffer (VBV) holds; null means 2.</summary>
    public double? BufferSeconds { get; init; }

    /// <summary>Passes over the source: 2 looks at all of it first to spend the bits better.</summary>
    // A master or a row of an older version does not say it, and a deserialiser sets what is not said to 0.
    public int Passes { get; init => field = Math.Max(1, value); } = 1;

    /// <summary>Distance of closed-GOP key frames in seconds.</summary>
    public double GopSeconds { get; init; } = 2;

    /// <summary>Bits a sample: 8 or 10.</summary>
    public int BitDepth { get; init; } = 8;

    /// <summary>What becomes of fields.</summary>
    public Deinterlacing Deinterlace { get; init; } = Deinterlacing.Auto;

    /// <summary>What becomes of HDR.</summary>
    public HdrHandling Hdr { get; init; } = HdrHandling.Auto;
}
