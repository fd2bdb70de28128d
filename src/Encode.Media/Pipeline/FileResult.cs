namespace Encode.Media.Pipeline;

/// <summary>What is in one of an output's files; <see cref="OutputVerifier"/> compares it with the file.</summary>
public sealed record FileResult
{
    /// <summary>Length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether it holds tracks; a manifest does not.</summary>
    public required bool HasMedia { get; init; }

    /// <summary>End of its longest picture or sound in seconds.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Start of its first picture or sound in seconds from the start of the output: later where neither is there yet, before it where the sound has priming.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Length of its longest packet of sound in seconds, by which sound may seem longer than it is: its last packet is filled up.</summary>
    public double SoundPacketSeconds { get; init; }

    /// <summary>Names of the renditions in it, in the order of their tracks.</summary>
    public IReadOnlyList<string> Renditions { get; init; } = [];
}
