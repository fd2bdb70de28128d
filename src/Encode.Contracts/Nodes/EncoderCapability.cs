using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Nodes;

/// <summary>An encoder that opened on a host.</summary>
/// <param name="Name">libavcodec's name, such as <c>libx264</c> or <c>hevc_nvenc</c>.</param>
/// <param name="Codec">What it makes.</param>
/// <param name="Kind">On what it runs; never <see cref="EncoderChoice.Auto"/>.</param>
/// <param name="BitDepths">Bits a sample that it takes.</param>
public sealed record EncoderCapability(string Name, VideoCodec Codec, EncoderChoice Kind, IReadOnlyList<int> BitDepths);
