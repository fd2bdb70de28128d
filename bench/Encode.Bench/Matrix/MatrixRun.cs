using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Matrix;

/// <summary>
/// The presets of one encoder, from fast to slow. Over a short clip an encoder may miss the bitrate by far, and then its quality would say nothing:
/// it is asked for as much less, or more, as it missed, and what came nearest is where the next preset begins. Of tries that all miss, the nearest stands, marked.
/// </summary>
/// <param name="options">What the user asked for.</param>
/// <param name="encoder">The encoder.</param>
/// <param name="group">Holds its processes.</param>
/// <param name="scratch">Takes its outputs.</param>
/// <param name="cancel">Stops it.</param>
internal sealed class MatrixRun(MatrixOptions options, EncoderCapability encoder, ChildGroup group, ScratchFolder scratch, CancellationToken cancel)
{
    /// <summary>Part of the bitrate by which an encode may miss it: 5 % more bits are about 0.2 dB.</summary>
    private const double MaxMiss = 0.05;

    /// <summary>Encodes until the bitrate is met or given up.</summary>
    private const int MaxTries = 3;

    /// <summary>Bounds of what is asked for, as parts of the bitrate: past these an encoder is not to be led.</summary>
    private const double LeastAsked = 0.2;
    private const double MostAsked = 5;

    private double _asked = 1;
    private bool _hasGivenUp;

    /// <summary>The encoder.</summary>
    public EncoderCapability Encoder { get; } = encoder;

    /// <summary>Measures a preset; one that comes after a preset that took too long is left out.</summary>
    public MatrixPoint Measure(string preset)
    {
        if (_hasGivenUp)
        {
            return new MatrixPoint { Encoder = Encoder.Name, Preset = preset, Error = $"left out: a faster preset took longer than {options.Patience} s" };
        }

        try
        {
            return MeasureAtBitrate(preset);
        }
        catch (BenchException failure) when (!cancel.IsCancellationRequested)
        {
            return new MatrixPoint { Encoder = Encoder.Name, Preset = preset, Error = failure.Message };
        }
    }

    private MatrixPoint MeasureAtBitrate(string preset)
    {
        EncodeSettings settings = options.SettingsFor(Encoder.Codec, Encoder.Kind, preset);
        VideoSettings video = settings.Video[0];
        (EncodeOutcome Outcome, double Miss, double Asked)? nearest = null;
        for (int tries = 1; ; tries++)
        {
            EncodeJob job = new(settings with { Video = [video with { Bitrate = (long)(video.Bitrate * _asked) }] }, [scratch.File("output.mp4")]);
            (EncodeOutcome outcome, _) = ColdChild.Run(group, scratch.Path, job);
            double miss = outcome.VideoBitrate / video.Bitrate;
            if (nearest is not { } best || Math.Abs(miss - 1) < Math.Abs(best.Miss - 1))
            {
                nearest = (outcome, miss, _asked);
            }

            _hasGivenUp = outcome.Seconds > options.Patience;
            if (tries == MaxTries || _hasGivenUp || Math.Abs(miss - 1) <= MaxMiss)
            {
                _asked = nearest.Value.Asked;
                return PointOf(preset, nearest.Value.Outcome, Math.Abs(nearest.Value.Miss - 1) > MaxMiss);
            }

            _asked = Math.Clamp(_asked / miss, LeastAsked, MostAsked);
        }
    }

    private MatrixPoint PointOf(string preset, EncodeOutcome outcome, bool isOff) => new()
    {
        Encoder = Encoder.Name,
        Preset = preset,
        Fps = outcome.Frames / outcome.Seconds,
        RealTimeFactor = outcome.DurationSeconds / outcome.Seconds,
        CpuSeconds = outcome.CpuSeconds,
        PeakRssBytes = outcome.PeakRssBytes,
        VideoBitrate = outcome.VideoBitrate,
        MissesBitrate = isOff,
        Psnr = outcome.Psnr,
    };
}
