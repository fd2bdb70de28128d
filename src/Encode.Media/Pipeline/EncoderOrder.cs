using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>Everything that an encoder is opened with, besides the first picture.</summary>
/// <param name="Entry">Which encoder.</param>
/// <param name="Video">What it is to make.</param>
/// <param name="Rate">Rate in frames a second.</param>
/// <param name="Threads">Who may use how many threads.</param>
internal sealed record EncoderOrder(VideoEncoderEntry Entry, VideoSettings Video, Rational Rate, ThreadBudget Threads)
{
    /// <summary>Which of two passes it makes.</summary>
    public EncoderPass Pass { get; init; }

    /// <summary>
    /// Whether a constant bitrate is filled up with bytes that mean nothing, so that it is constant to the byte. Only a transport stream
    /// wants that: files of the MP4 family may not hold them (ISO/IEC 14496-15), and Matroska would store them for nothing.
    /// </summary>
    public bool FillsUp { get; init; }

    /// <summary>What it may spend.</summary>
    public BitBudget Bits => BitBudget.Of(Video, Rate);

    /// <summary>Frames between key frames.</summary>
    public int GopFrames => Math.Max(Entry.MinGopFrames(Video.RateControl), (int)Math.Round(Video.GopSeconds * Rate.Value));
}
