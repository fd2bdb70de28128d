using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Counts the packets of one track as they leave its encoder, on the encoder's thread.</summary>
internal unsafe interface ITrackTally
{
    /// <summary>Number of the track in its job.</summary>
    int Track { get; }

    /// <summary>Counts a packet and fills in what the encoder left open.</summary>
    void Count(AVPacket* packet, AVRational timeBase);
}
