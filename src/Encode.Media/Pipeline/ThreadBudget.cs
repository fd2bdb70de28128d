using System.Globalization;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>
/// The one table of who may use how many threads. The encoder is the bottleneck of nearly every job, so it gets as many as there are
/// processors; the decoder and the filters get as many as help, since they mostly wait for the encoder. Equal budgets make equal packets.
///
///     processors                    2      4      16      64
///     decoder                       2      4      16      16     one decoder for all renditions
///     one rendition: filter         2      4      16      16
///                    encoder        2      4      16      64
///     four alike:    filter, each   1      2       6      16
///                    encoder, each  1      2       6      24
///
/// Renditions that are encoded side by side share the processors with half as many threads again as there are processors: threads of one
/// encoder wait for each other a third of the time (x264's own count, for the same reason), and then another encoder's can run. More would only
/// cost memory, a picture and its references a thread. With 2 processors four renditions have a thread each, which is all that can be
/// used; from 16 up the share leaves the largest rung enough to stay ahead of the small ones when it is told its own
/// (<see cref="ForShare"/>).
/// </summary>
/// <param name="Decoder">libav's <c>thread_count</c> of the video decoder.</param>
/// <param name="Filter">Slices of a rendition's filter graph.</param>
/// <param name="Encoder">Threads of a rendition's video encoder.</param>
internal readonly record struct ThreadBudget(int Decoder, int Filter, int Encoder)
{
    /// <summary>Frame threads of a decoder past which memory and delay grow and speed does not.</summary>
    private const int MaxDecoder = 16;

    /// <summary>Slices past which a picture's parts are too thin to be worth a thread.</summary>
    private const int MaxFilter = 16;

    /// <summary>Most threads an encoder takes (x264's own limit).</summary>
    private const int MaxEncoder = 128;

    /// <summary>Threads a processor, of encoders that run side by side.</summary>
    private const double SideBySide = 1.5;

    /// <summary>Shares out the threads of a request among renditions of one size.</summary>
    /// <param name="requested">Threads to keep busy; 0 for every processor.</param>
    /// <param name="renditions">Encoders that run side by side.</param>
    public static ThreadBudget For(int requested, int renditions = 1) => ForShare(requested, 1.0 / Math.Max(1, renditions));

    /// <summary>What a rendition gets that does a part of the job's work.</summary>
    /// <param name="requested">Threads to keep busy; 0 for every processor.</param>
    /// <param name="share">Its part of all renditions' pixels, up to 1.</param>
    public static ThreadBudget ForShare(int requested, double share)
    {
        int processors = requested > 0 ? requested : Environment.ProcessorCount;
        int own = share >= 1 ? processors : Math.Clamp((int)Math.Ceiling(processors * SideBySide * share), 1, processors);
        return new(Math.Min(processors, MaxDecoder), Math.Min(own, MaxFilter), Math.Min(own, MaxEncoder));
    }

    /// <summary>The encoder's own option that carries its threads, besides <c>thread_count</c>; null when there is none.</summary>
    public (string Key, string Value)? EncoderOption(VideoCodec codec) => codec switch
    {
        VideoCodec.Hevc => ("x265-params", string.Create(CultureInfo.InvariantCulture, $"pools={Encoder}:frame-threads={HevcFrameThreads}")),
        VideoCodec.Av1 => ("svtav1-params", string.Create(CultureInfo.InvariantCulture, $"lp={Av1Level}")),
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

    // SVT-AV1 counts in levels and not in threads. These are its own, for a machine of as many processors (load_default_buffer_configuration_settings).
    private int Av1Level => Encoder switch
    {
        >= 24 => 6,
        >= 12 => 5,
        >= 6 => 4,
        >= 3 => 3,
        _ => Encoder,
    };
}
