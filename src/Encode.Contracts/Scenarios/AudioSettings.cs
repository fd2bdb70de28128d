namespace Encode.Contracts.Scenarios;

/// <summary>Everything that decides how a sound track is made.</summary>
public sealed record AudioSettings
{
    /// <summary>Name of the rendition, unique in its job.</summary>
    // A master or a row of an older version does not say these, and a deserialiser sets what is not said to null.
    public string Name { get; init => field = value ?? "a0"; } = "a0";

    /// <summary>Which track of the input.</summary>
    public TrackSource Source { get; init => field = value ?? new(); } = new();

    /// <summary>Coding format.</summary>
    public AudioCodec Codec { get; init; } = AudioCodec.Aac;

    /// <summary>Bitrate in bit/s for the whole track.</summary>
    public long Bitrate { get; init; } = 128_000;

    /// <summary>Number of channels; null keeps up to two and mixes more down to stereo.</summary>
    public int? Channels { get; init; }

    /// <summary>Samples a second; null keeps the source's rate where the codec has it, else 48000.</summary>
    public int? SampleRate { get; init; }

    /// <summary>Integrated loudness to bring the track to, in LUFS (EBU R 128); null leaves it as it is.</summary>
    public double? Loudness { get; init; }
}
