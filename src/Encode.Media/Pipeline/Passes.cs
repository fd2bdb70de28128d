using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>
/// The runs of one job over its source, one after the other:
///
///     analyze    when a rendition has two passes: demux ► decode ► filter ► encode, whose packets are dropped
///     encode     always: the outputs are made
///     measure    when quality was asked for: demux ► decode ► filter ► compare ◄ decode ◄ the finished file
///
/// Each run is a pipeline of its own over the same input (<see cref="TranscodeRun"/>). Decoders and filters give the same pictures each time,
/// so both passes of an encoder see the same, and the pictures that entered the encoder can be had again when the output is done. That costs a
/// second decode of the source, and in return no picture is held for as long as an encoder looks ahead: at 4K those would be a gigabyte.
/// It also measures what is in the file, after the muxer.
/// Progress tells which run of how many it is, and counts frames anew in each.
/// A failure or a cancel in any run ends the job; whoever called removes what the first pass has kept.
/// </summary>
internal sealed class Passes(TranscodeRequest request, ITranscodeObserver observer, CancellationToken cancel)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly List<StageProfile> _before = [];
    private readonly List<StageProfile> _after = [];
    private double? _firstFrameMilliseconds;
    private long? _inputBytes;

    /// <summary>Makes all runs.</summary>
    public TranscodeResult Run()
    {
        var meter = new ResourceMeter();
        RunPurpose[] purposes = [.. Purposes(request.Settings)];
        TranscodeResult? made = null;
        for (int i = 0; i < purposes.Length; i++)
        {
            var heard = new PassObserver(observer, purposes[i], i + 1, purposes.Length);
            made = purposes[i] switch
            {
                RunPurpose.Analyze => Analyze(heard),
                RunPurpose.Encode => Encode(heard),
                _ => Measure(made!, heard),
            };
        }

        return made! with
        {
            Stages = [.. _before, .. made.Stages, .. _after],
            Resources = meter.Read(_inputBytes, made.Bytes),
        };
    }

    /// <summary>Makes the last run alone.</summary>
    public TranscodeResult Measure(TranscodeResult made) => Measure(made, new PassObserver(observer, RunPurpose.Measure, 1, 1));

    private static IEnumerable<RunPurpose> Purposes(EncodeSettings settings)
    {
        if (settings.Video.Any(video => video.Passes > 1))
        {
            yield return RunPurpose.Analyze;
        }

        yield return RunPurpose.Encode;
        if (settings.Quality)
        {
            yield return RunPurpose.Measure;
        }
    }

    private TranscodeResult? Analyze(PassObserver heard)
    {
        using var run = new TranscodeRun(request, RunPurpose.Analyze);
        try
        {
            Make(run, heard);
        }
        catch (MediaException error) when (error.Class == ErrorClass.Platform)
        {
            EncoderPass.ThrowIfFull(run);
            throw;
        }

        EncoderPass.ThrowIfFull(run);
        _before.Add(Summary("first pass", run));
        return null;
    }

    private TranscodeResult Encode(PassObserver heard)
    {
        using var run = new TranscodeRun(request, RunPurpose.Encode);
        TranscodeResult made = Make(run, heard);
        double seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        return made with
        {
            EncodeSeconds = seconds,
            RealTimeFactor = made.RealTimeFactor * made.EncodeSeconds / seconds, // of the same pictures, which need not be all
            FirstFrameMilliseconds = _firstFrameMilliseconds,
        };
    }

    private TranscodeResult Measure(TranscodeResult made, PassObserver heard)
    {
        using var run = new TranscodeRun(request, RunPurpose.Measure) { Made = made };
        Make(run, heard);
        _after.Add(Summary("quality", run));
        return made with { Renditions = [.. made.Renditions.Zip(run.Renditions, (rendition, lane) => rendition with { Psnr = lane.Psnr, Ssim = lane.Ssim })] };
    }

    private TranscodeResult Make(TranscodeRun run, PassObserver heard)
    {
        TranscodeResult made = Transcoder.Make(run, heard, cancel);
        _firstFrameMilliseconds ??= run.FirstFrameMilliseconds;
        _inputBytes = run.Demux.Bytes is { } bytes ? (_inputBytes ?? 0) + bytes : _inputBytes;
        return made;
    }

    private static StageProfile Summary(string name, TranscodeRun run) => new(name, Stopwatch.GetElapsedTime(run.StartedAt).TotalSeconds) { Frames = run.Renditions[0].FramesEncoded };
}
