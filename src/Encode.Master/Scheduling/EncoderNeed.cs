using Encode.Contracts.Scenarios;

namespace Encode.Master.Scheduling;

/// <summary>An encoder that a rendition asks for.</summary>
/// <param name="Codec">The coding format to make.</param>
/// <param name="Encoder">The kind of encoder asked for.</param>
/// <param name="Fallback">What is allowed instead.</param>
/// <param name="BitDepth">Bits a sample.</param>
public sealed record EncoderNeed(VideoCodec Codec, EncoderChoice Encoder, EncoderFallback Fallback, int BitDepth);
