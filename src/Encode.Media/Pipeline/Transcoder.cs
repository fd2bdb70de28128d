using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Runs one transcode from the first byte of the input to the last of the outputs. The picture of its stages and queues stands at the head
/// of <see cref="TranscodeRun"/>.
/// </summary>
public static class Transcoder
{
    /// <summary>Log lines of libav that one run hands on; a broken file can make thousands.</summary>
    public const int MaxLogLines = 200;

    /// <summary>Transcodes, blocking the calling thread until the outputs are complete.</summary>
    /// <exception cref="MediaException">It cannot be done; its class and sentence tell why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static TranscodeResult Run(TranscodeRequest request, ITranscodeObserver observer, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        cancel.ThrowIfCancellationRequested();
        MediaRuntime.Initialize();
        return new Passes(request, observer, cancel).Run();
    }

    /// <summary>
    /// Measures the quality of what <see cref="Run"/> made, as a request with <see cref="EncodeSettings.Quality"/> has it measured, but at a time
    /// of the caller's choice: PSNR and SSIM of every rendition against the pictures that went into its encoder.
    /// </summary>
    /// <param name="request">The request that was run; its outputs are still open.</param>
    /// <param name="made">What came of it.</param>
    /// <param name="observer">Hears how it goes.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The renditions with their figures.</returns>
    /// <exception cref="MediaException">It cannot be done; its class and sentence tell why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static IReadOnlyList<RenditionResult> Measure(TranscodeRequest request, TranscodeResult made, ITranscodeObserver observer, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(observer);
        if (made.Renditions.Count != request.Settings.Video.Count || made.Files.Count != request.Outputs.Count)
        {
            throw new ArgumentException($"{made.Renditions.Count} renditions in {made.Files.Count} files were made, {request.Settings.Video.Count} in {request.Outputs.Count} are asked for", nameof(made));
        }

        cancel.ThrowIfCancellationRequested();
        MediaRuntime.Initialize();
        return new Passes(request, observer, cancel).Measure(made).Renditions;
    }

    /// <summary>Makes one run over the source.</summary>
    internal static TranscodeResult Make(TranscodeRun run, ITranscodeObserver observer, CancellationToken cancel)
    {
        using CancellationTokenRegistration registration = cancel.UnsafeRegister(static state => ((TranscodeRun)state!).Stop(), run);
        TranscodeResult? result = null;
        run.Guard("open", () => result = run.Request.Input is null ? Generate(run, observer) : Transcode(run, observer));
        cancel.ThrowIfCancellationRequested();
        if (run.FailureLine is { } line)
        {
            observer.OnLog(line);
        }

        run.ThrowIfFailed();
        return result ?? throw new OperationCanceledException(cancel);
    }

    private static unsafe TranscodeResult Transcode(TranscodeRun run, ITranscodeObserver observer)
    {
        long began = Stopwatch.GetTimestamp();
        using InputContext input = InputContext.Open(run.Request.Input!, run.Stopping);
        SourceInfo source = ChooseStreams(run, input);
        if (DolbyVision.Check(source.Video->codecpar) is { } dropped)
        {
            run.Note(dropped);
        }

        using var demux = new DemuxStage(run, input, source);
        demux.Prepare();
        run.Open.Add(began);
        SetRates(run, source.NominalRate);
        source.BeginAt(run.Settings.InputStart);
        source.AlignStart(run.Renditions[0].Rate);
        demux.SeekToStart();
        run.SourceRate = source.NominalRate;
        SourceTimecode.Assign(run, input.Context, source);
        FileLabel label = SourceLabels.Of(input.Context, source, run.Limit);
        SourceLabels.NoteWhatIsDropped(run, label);
        return RunStages(run, observer, label, ExpectedFrames(run, source), () =>
        {
            // The demuxer may add streams as it reads, which moves the list of them: the stages look theirs up before it runs.
            List<(string Name, Action Run)> sounds = [.. run.Sounds.Select(sound => (sound.Clock.Name, SoundOf(run, source, sound)))];
            List<(string Name, Action Run)> subtitles = [.. run.Subtitles.Select(subtitle => (subtitle.Clock.Name, (Action)new SubtitleStage(run, source, subtitle).Run))];
            run.Start("decode", new VideoDecodeStage(run, source).Run);
            foreach (RenditionLane lane in run.Renditions)
            {
                StartRendition(run, lane, source.NominalRate, source.Orientation, source.PixelAspect);
            }

            sounds.ForEach(sound => run.Start(sound.Name, sound.Run));
            subtitles.ForEach(subtitle => run.Start(subtitle.Name, subtitle.Run));
            run.Start("demux", demux.Run);
        });
    }

    private static TranscodeResult Generate(TranscodeRun run, ITranscodeObserver observer)
    {
        if (run.Subtitles.Count > 0)
        {
            throw new MediaException(ErrorClass.Settings, "choose the subtitles: a generated clip has none; leave them out");
        }

        SetRates(run, GeneratedClip.DefaultRate);
        var clip = new GeneratedClip(run, run.Renditions[0].Rate);
        if (run.Purpose != RunPurpose.Encode)
        {
            run.Sounds.Clear();
        }

        return RunStages(run, observer, new FileLabel(), clip.Frames, () =>
        {
            run.Start(run.Decode.Name, clip.RunPicture);
            foreach (RenditionLane lane in run.Renditions)
            {
                StartRendition(run, lane, lane.Rate, Orientation.Upright, Square);
            }

            foreach (SoundLane sound in run.Sounds)
            {
                run.Start(sound.Clock.Name, () => clip.RunSound(sound));
            }
        });
    }

    private static AVRational Square => new() { num = 1, den = 1 };

    private static unsafe SourceInfo ChooseStreams(TranscodeRun run, InputContext input)
    {
        int video = StreamChoice.Video(input.Context);
        SoundChoice.Assign(run, input.Context, video);
        if (run.Purpose != RunPurpose.Encode)
        {
            // They are chosen by what the outputs hold, and this run has none.
            run.Subtitles.Clear();
        }

        SubtitleChoice.Assign(run, input.Context);
        HashSet<int> used = [video, .. run.Sounds.Select(sound => sound.StreamIndex), .. run.Subtitles.Select(subtitle => subtitle.StreamIndex)];
        StreamChoice.DiscardAllBut(input.Context, used);
        if (StreamChoice.LeftOut(input.Context, used) is { } leftOut)
        {
            run.Note(leftOut);
        }

        // The sound decides with the picture where the output begins, so it is known in every run; only one makes it.
        var source = new SourceInfo(input, video, run.Sounds.Select(sound => sound.StreamIndex));
        if (run.Purpose != RunPurpose.Encode)
        {
            run.Sounds.Clear();
        }

        return source;
    }

    private static void SetRates(TranscodeRun run, Rational nominal)
    {
        foreach (RenditionLane lane in run.Renditions)
        {
            lane.Rate = lane.Settings.FrameRate ?? nominal;
        }
    }

    private static long? ExpectedFrames(TranscodeRun run, SourceInfo source)
    {
        if (source.Length <= 0 || run.Renditions[0].Settings.KeepsTimes)
        {
            return null;
        }

        double left = Math.Max(0, ((double)source.Length / TimeBases.Second) - run.Settings.InputStart);
        return (long)Math.Round(Math.Min(left, run.Settings.InputSeconds ?? left) * run.Renditions[0].Rate.Value);
    }

    private static void StartRendition(TranscodeRun run, RenditionLane lane, Rational sourceRate, Orientation orientation, AVRational aspect)
    {
        run.Start(lane.Filter.Name, new VideoFilterStage(run, lane, sourceRate, orientation, aspect).Run);
        run.Start(lane.Encode.Name, EndOf(run, lane));
    }

    /// <summary>What takes a rendition's pictures in the end.</summary>
    private static Action EndOf(TranscodeRun run, RenditionLane lane) => run.Purpose switch
    {
        RunPurpose.Analyze when lane.Settings.Passes < 2 => new DropStage(lane).Run,
        RunPurpose.Measure => new CompareStage(run, lane).Run,
        _ => new VideoEncodeStage(run, lane).Run,
    };

    private static unsafe Action SoundOf(TranscodeRun run, SourceInfo source, SoundLane sound)
    {
        if (sound.Settings.Codec == AudioCodec.Copy)
        {
            if (SoundCopyStage.WhyNot(run, sound, source.Stream(sound.StreamIndex)) is not { } reason)
            {
                return new SoundCopyStage(run, source, sound).Run;
            }

            string codec = AudioEncoderFactory.CodecFor(run, sound) == AudioCodec.Opus ? "Opus" : "AAC";
            run.Note($"Sound {sound.Settings.Name} was encoded as {codec} and not copied: {reason}.");
        }

        return new SoundStage(run, source, sound).Run;
    }

    private static TranscodeResult RunStages(TranscodeRun run, ITranscodeObserver observer, FileLabel label, long? expected, Action start)
    {
        MuxStage[] muxes = [.. run.Outputs.Select(output => new MuxStage(run, output, label))];
        try
        {
            start();
            if (run.Segments is { } segments)
            {
                run.Start(segments.Clock.Name, segments.Run);
            }

            for (int i = 0; i < muxes.Length; i++)
            {
                run.Start(run.Outputs[i].Clock.Name, muxes[i].Run);
            }

            new ProgressWatch(run, muxes, observer, expected).Run();
        }
        catch
        {
            run.Stop();
            throw;
        }
        finally
        {
            // The stages use the input and the tracks, so they end before those are freed.
            run.Join();
        }

        run.Stopping.ThrowIfCancellationRequested();
        return Results.Of(run, muxes);
    }
}
