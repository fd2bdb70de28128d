using System.Text.Json.Serialization;

namespace Encode.Contracts.Nodes;

/// <summary>What a host can do, as found by <c>agent probe</c>: every entry was opened, not only listed.</summary>
public sealed record NodeCapabilities
{
    /// <summary>Version of the agent.</summary>
    public required string Version { get; init; }

    /// <summary>Version of FFmpeg linked in, such as <c>7.1.5</c>.</summary>
    [JsonPropertyName("ffmpeg_version")]
    public required string FFmpegVersion { get; init; }

    /// <summary>Name of the processor.</summary>
    public required string Cpu { get; init; }

    /// <summary>Hardware threads that this process may use.</summary>
    public required int Threads { get; init; }

    /// <summary>Memory of the host in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Encoders that opened.</summary>
    public required IReadOnlyList<EncoderCapability> Encoders { get; init; }

    /// <summary>Names of the decoders linked in.</summary>
    public required IReadOnlyList<string> Decoders { get; init; }

    /// <summary>Accelerators found, such as a GPU with its driver.</summary>
    public IReadOnlyList<DeviceCapability> Devices { get; init; } = [];
}
