using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Runs one transcode from the first byte of the input to the last of the output. The picture of its stages and queues stands at the head
/// of <see cref="TranscodeRun"/>.
/// </summary>
public static class Transcoder
{
    /// <summary>Log lines of libav that one run hands on; a broken file can make thousands.</summary>
    public const int MaxLogLines = 200;

    /// <summary>Transcodes, blocking the calling thread until the output is complete.</summary>
    /// <exception cref="MediaException">It cannot be done; its class and sentence tell why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static TranscodeResult Run(TranscodeRequest request, ITranscodeObserver observer, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        cancel.ThrowIfCancellationRequested();
        MediaRuntime.Initialize();
        using var run = new TranscodeRun(request);
        using CancellationTokenRegistration registration = cancel.UnsafeRegister(static state => ((TranscodeRun)state!).Stop(), run);
        TranscodeResult? result = null;
        run.Guard(() => result = request.Input is null ? Generate(run, observer) : Transcode(run, observer));
        cancel.ThrowIfCancellationRequested();
        run.ThrowIfFailed();
        return result ?? throw new OperationCanceledException(cancel);
    }

    private static TranscodeResult Transcode(TranscodeRun run, ITranscodeObserver observer)
    {
        if (run.Settings.Outputs[0].Container != Container.Mp4)
        {
            throw new MediaException(ErrorClass.Settings, "open the output: only mp4 is supported yet; ask for container mp4");
        }

        long began = Stopwatch.GetTimestamp();
        using InputContext input = InputContext.Open(run.Request.Input!, run.Stopping);
        var source = new SourceInfo(input);
        if (source.LeftOut is { } leftOut)
        {
            run.Note(leftOut);
        }

        using var demux = new DemuxStage(run, input, source);
        demux.Prepare();
        run.Open.Add(began);
        Rational rate = run.Settings.Video[0].FrameRate ?? source.NominalRate;
        source.AlignStart(rate);
        VideoEncoderEntry encoder = EncoderChoosing.Choose(run);
        long? expected = source.Length > 0 ? (long)Math.Round((double)source.Length / TimeBases.Second * rate.Value) : null;
        using var tracks = new TrackList(run, source.HasSound ? 2 : 1);
        try
        {
            run.Start("demux", demux.Run);
            run.Start("decode", new VideoDecodeStage(run, source).Run);
            run.Start("filter", new VideoFilterStage(run, encoder, rate, source.Orientation, source.PixelAspect).Run);
            run.Start("video", new VideoEncodeStage(run, encoder, rate, tracks).Run);
            if (source.HasSound)
            {
                run.Start("sound", new SoundStage(run, source, tracks).Run);
            }

            return Write(run, tracks, observer, rate, expected, encoder);
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
    }

    private static TranscodeResult Generate(TranscodeRun run, ITranscodeObserver observer)
    {
        Rational rate = run.Settings.Video[0].FrameRate ?? GeneratedClip.DefaultRate;
        VideoEncoderEntry encoder = EncoderChoosing.Choose(run);
        var clip = new GeneratedClip(run, rate);
        using var tracks = new TrackList(run, expected: 2);
        try
        {
            run.Start("picture", clip.RunPicture);
            run.Start("filter", new VideoFilterStage(run, encoder, rate, Orientation.Upright, new AVRational { num = 1, den = 1 }).Run);
            run.Start("video", new VideoEncodeStage(run, encoder, rate, tracks).Run);
            run.Start("sound", () => clip.RunSound(tracks));
            return Write(run, tracks, observer, rate, clip.Frames, encoder);
        }
        catch
        {
            run.Stop();
            throw;
        }
        finally
        {
            run.Join();
        }
    }

    private static TranscodeResult Write(TranscodeRun run, TrackList tracks, ITranscodeObserver observer, Rational rate, long? expected, VideoEncoderEntry encoder)
    {
        var mux = new MuxStage(run, tracks, observer, rate, expected);
        mux.Run();
        double seconds = Stopwatch.GetElapsedTime(run.StartedAt).TotalSeconds;
        return new TranscodeResult
        {
            Frames = mux.Frames,
            DurationSeconds = mux.DurationSeconds,
            Width = mux.Size.Width,
            Height = mux.Size.Height,
            FrameRate = rate,
            Encoder = encoder.Name,
            EncodeSeconds = seconds,
            RealTimeFactor = mux.DurationSeconds / seconds,
            FirstFrameMilliseconds = run.FirstFrameMilliseconds,
            Stages = run.StageTimes,
            Notes = run.Notes,
            Bytes = mux.Bytes,
        };
    }
}
