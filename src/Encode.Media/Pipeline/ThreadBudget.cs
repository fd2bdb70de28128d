using System.Globalization;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>
/// The one table of who may use how many threads. The encoder is the bottleneck of nearly every job, so it gets as many as there are
/// processors; the decoder and the filters get as many as help, since they mostly wait for the encoder. Equal budgets make equal packets.
/// </summary>
/// <param name="Decoder">libav's <c>thread_count</c> of the video decoder.</param>
/// <param name="Filter">Slices of the filter graph.</param>
/// <param name="Encoder">Threads of the video encoder.</param>
internal readonly record struct ThreadBudget(int Decoder, int Filter, int Encoder)
{
    /// <summary>Frame threads of a decoder past which memory and delay grow and speed does not.</summary>
    private const int MaxDecoder = 16;

    /// <summary>Slices past which a picture's parts are too thin to be worth a thread.</summary>
    private const int MaxFilter = 16;

    /// <summary>Most threads an encoder takes (x264's own limit).</summary>
    private const int MaxEncoder = 128;

    /// <summary>Shares out the threads of a request.</summary>
    /// <param name="requested">Threads to keep busy; 0 for every processor.</param>
    public static ThreadBudget For(int requested)
    {
        int processors = requested > 0 ? requested : Environment.ProcessorCount;
        return new(Math.Min(processors, MaxDecoder), Math.Min(processors, MaxFilter), Math.Min(processors, MaxEncoder));
    }

    /// <summary>The encoder's own option that carries its threads, besides <c>thread_count</c>; null when there is none.</summary>
    public (string Key, string Value)? EncoderOption(VideoCodec codec) => codec switch
    {
        VideoCodec.Hevc => ("x265-params", string.Create(CultureInfo.InvariantCulture, $"pools={Encoder}:frame-threads={HevcFrameThreads}")),
        VideoCodec.Av1 => ("svtav1-params", string.Create(CultureInfo.InvariantCulture, $"lp={Encoder}")),
        _ => null,
    };

    // x265's own table: more frames at once than this only waste the pool's wavefronts.
    private int HevcFrameThreads => Encoder switch
    {
        >= 32 => 6,
        >= 16 => 5,
        >= 8 => 3,
        >= 4 => 2,
        _ => 1,
    };
}
