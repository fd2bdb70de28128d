using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// The clip of a job without an input: a moving test picture of the box's size and rate, and a tone that beeps every second. The sound waits
/// for the picture, as it would in a file where the two are interleaved; made as fast as it can be it would pile up in the muxer.
/// </summary>
internal sealed unsafe class GeneratedClip(TranscodeRun run, Rational rate)
{
    /// <summary>Rate of a generated clip when the scenario keeps the source's.</summary>
    public static readonly Rational DefaultRate = new(30, 1);

    private const int SampleRate = 48000;

    private readonly object _gate = new(); // an object, not a Lock: the sound waits on it
    private long _pictureEnd;

    private string Seconds => FormattableString.Invariant($"{run.Settings.GeneratedSeconds:0.######}");

    /// <summary>Pictures in the clip.</summary>
    public long Frames => Math.Max(1, (long)Math.Round(run.Settings.GeneratedSeconds * rate.Value));

    /// <summary>Makes the pictures, in place of demuxing and decoding.</summary>
    public void RunPicture()
    {
        VideoSettings largest = run.Settings.Video.MaxBy(video => (long)video.BoxWidth * video.BoxHeight)!;
        int width = largest.BoxWidth & ~1;
        int height = largest.BoxHeight & ~1;
        using FilterGraph graph = FilterGraph.OpenGenerator(
            isVideo: true,
            FormattableString.Invariant($"testsrc2=size={width}x{height}:rate={rate.Numerator}/{rate.Denominator},format=yuv420p"),
            run.Threads.Filter);
        for (long i = 0; i < Frames; i++)
        {
            MediaFrame frame = run.Frames.Rent();
            try
            {
                long began = Stopwatch.GetTimestamp();
                graph.Receive(frame);
                run.Decode.Add(began);
                run.Decode.CountFrame();
                frame.Time = TimeBases.Scale(i * rate.Denominator, TimeBases.Second, rate.Numerator);
                frame.Duration = TimeBases.Scale((i + 1) * rate.Denominator, TimeBases.Second, rate.Numerator) - frame.Time;
            }
            catch
            {
                frame.Dispose();
                throw;
            }

            long end = frame.Time + frame.Duration;
            if (i == 0)
            {
                Cascade.Arrange(run, frame, Orientation.Upright, frame.Native->sample_aspect_ratio);
            }

            if (end < run.Replay.Cut?.Time - TimeBases.Second)
            {
                // Encoded by an earlier run, and far enough before the cut to be of no use to a filter.
                frame.Dispose();
            }
            else
            {
                FrameFan.Send(run.Frames, frame, run.Roots);
            }

            LetSoundGoTo(end);
        }

        FrameFan.Complete(run.Roots);
        LetSoundGoTo(long.MaxValue);
    }

    /// <summary>Makes and encodes the sound.</summary>
    public void RunSound(SoundLane lane)
    {
        using var output = new SoundOutput(run, lane, SampleRate, sourceChannels: 2);
        using FilterGraph graph = FilterGraph.OpenGenerator(
            isVideo: false,
            FormattableString.Invariant($"sine=frequency=440:beep_factor=4:sample_rate={SampleRate}:duration={Seconds},{output.FiltersFor(SampleRate, mayBeSpliced: false)}"),
            threads: 1);
        using CancellationTokenRegistration waking = run.Stopping.UnsafeRegister(static state => ((GeneratedClip)state!).Wake(), this);
        while (true)
        {
            WaitForPicture(TimeBases.Scale(output.NextSample, TimeBases.Second, output.Rate));
            using MediaFrame frame = run.Frames.Rent();
            long began = Stopwatch.GetTimestamp();
            if (graph.Receive(frame) != CodecStep.Done)
            {
                break;
            }

            output.Take(frame);
            lane.Clock.Add(began);
            lane.Clock.CountFrame();
        }

        output.Finish();
    }

    private void LetSoundGoTo(long time)
    {
        lock (_gate)
        {
            _pictureEnd = time;
            Monitor.PulseAll(_gate);
        }
    }

    private void WaitForPicture(long time)
    {
        long began = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (_pictureEnd <= time && !run.Stopping.IsCancellationRequested)
            {
                Monitor.Wait(_gate);
            }
        }

        StageWaits.Current?.ForItem(Stopwatch.GetTimestamp() - began);

        run.Stopping.ThrowIfCancellationRequested();
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
