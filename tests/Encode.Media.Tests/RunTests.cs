using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Hardware;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Progress, cancel, the spool, the verifier and the probe.</summary>
public sealed class RunTests : MediaTest
{
    [Fact]
    public void Cancel_ends_a_run_soon_and_leaves_nothing_outstanding()
    {
        using var cancel = new CancellationTokenSource();
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        long canceledAt = 0;
        var recorder = new Recorder
        {
            WhenFirstFrame = () =>
            {
                canceledAt = Stopwatch.GetTimestamp();
                cancel.Cancel();
            },
        };
        var request = new TranscodeRequest { Settings = Scenario("360p60-h264") with { GeneratedSeconds = 100 }, Outputs = [output] };
        Assert.ThrowsAny<OperationCanceledException>(() => Transcoder.Run(request, recorder, cancel.Token));
        // Between codec calls is well under 100 ms; the rest is for a machine that does other things.
        Assert.InRange(Stopwatch.GetElapsedTime(canceledAt).TotalMilliseconds, 0, 2000);
    }

    [Fact]
    public void Cancel_reaches_a_read_that_waits()
    {
        using var cancel = new CancellationTokenSource();
        string clip = MediaSources.Clip();
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        var gate = new Gate { BlocksFrom = 0, WhenBlocked = cancel.Cancel };
        using var input = new SpoolInput(File.OpenHandle(clip), new FileInfo(clip).Length, gate);
        Assert.ThrowsAny<OperationCanceledException>(() => Transcoder.Run(
            new TranscodeRequest { Settings = Scenario("360p-h264"), Input = input, Outputs = [output] }, new Recorder(), cancel.Token));
    }

    [Fact]
    public void A_failure_elsewhere_reaches_a_read_that_waits()
    {
        string clip = MediaSources.Make("long-index-first.mp4", "-f lavfi -i testsrc2=size=640x360:rate=30:duration=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -movflags +faststart");
        long length = new FileInfo(clip).Length;
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var waiting = new ManualResetEventSlim();
        var gate = new Gate { BlocksFrom = length * 3 / 4, WhenBlocked = waiting.Set };
        var recorder = new Recorder
        {
            WhenFirstFrame = () =>
            {
                Assert.True(waiting.Wait(TimeSpan.FromSeconds(30)), "the input is read that far");
                throw new MediaException(ErrorClass.Resource, "write the output: the disk is full");
            },
        };
        using var input = new SpoolInput(File.OpenHandle(clip), length, gate);
        MediaException error = Assert.Throws<MediaException>(() => Transcoder.Run(
            new TranscodeRequest { Settings = Scenario("360p-h264"), Input = input, Outputs = [output] }, recorder, CancellationToken.None));
        Assert.Equal("write the output: the disk is full", error.Message);
        Assert.False(gate.TimedOut, "the wait ended with the failure");
    }

    [Fact]
    public void A_spool_is_asked_for_each_block_once()
    {
        string clip = MediaSources.Clip(seconds: 5);
        long length = new FileInfo(clip).Length;
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        var gate = new Gate { BlocksFrom = long.MaxValue };
        using var input = new SpoolInput(File.OpenHandle(clip), length, gate);
        TranscodeResult result = Transcoder.Run(new TranscodeRequest { Settings = Scenario("360p30-h264"), Input = input, Outputs = [output] }, new Recorder(), CancellationToken.None);
        Assert.Equal(150, result.Frames);
        Assert.Equal(gate.Asked.Distinct(), gate.Asked);
        Assert.Equal(length, gate.Asked.Sum(range => (long)range.Count));
    }

    [Fact]
    public void A_gate_that_fails_fails_the_run_with_its_own_words()
    {
        string clip = MediaSources.Clip();
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var input = new SpoolInput(File.OpenHandle(clip), new FileInfo(clip).Length, new Gate { BlocksFrom = 0, Fails = true });
        MediaException error = Assert.Throws<MediaException>(() => Transcoder.Run(
            new TranscodeRequest { Settings = Scenario("360p-h264"), Input = input, Outputs = [output] }, new Recorder(), CancellationToken.None));
        Assert.Equal("fetch the input: it is gone; upload it again", error.Message);
    }

    [Fact]
    public void Progress_comes_at_most_twice_a_second_and_counts_up()
    {
        Transcode("720p60-h264", null, seconds: 4);
        Assert.NotEmpty(Heard.Progress);
        for (int i = 1; i < Heard.Progress.Count; i++)
        {
            Assert.True(Heard.Progress[i].At - Heard.Progress[i - 1].At >= 490);
            Assert.True(Heard.Progress[i].Progress.Frames >= Heard.Progress[i - 1].Progress.Frames);
            Assert.Equal(240, Heard.Progress[i].Progress.ExpectedFrames);
        }
    }

    [Fact]
    public void Stage_times_and_the_first_frame_are_reported()
    {
        Transcoded made = Transcode("360p30-h264", MediaSources.Clip());
        Assert.Equal(["open", "demux", "decode", "filter", "encode", "audio", "mux"], made.Result.Stages.Select(stage => stage.Name));
        Assert.InRange(made.Result.FirstFrameMilliseconds!.Value, 1, made.Result.EncodeSeconds * 1000);
        Assert.Equal(new FileInfo(made.Path).Length, made.Result.Bytes);
    }

    [Fact]
    public void What_libav_logs_reaches_the_observer()
    {
        string whole = MediaSources.Make("loud.h264", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 10");
        byte[] bytes = File.ReadAllBytes(whole);
        for (int i = bytes.Length / 3; i < bytes.Length / 2; i += 97)
        {
            bytes[i] ^= 0x55;
        }

        string input = NewPath("scratched.h264");
        File.WriteAllBytes(input, bytes);
        Transcode("360p-h264", input);
        Assert.Contains(Heard.Log, line => line.Contains("h264", StringComparison.Ordinal));
        Assert.InRange(Heard.Log.Count, 1, Transcoder.MaxLogLines);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.98)]
    public void The_verifier_sees_a_file_whose_end_is_lost(double share)
    {
        Transcoded made = Transcode("360p30-h264", MediaSources.Clip());
        byte[] bytes = File.ReadAllBytes(made.Path);
        int kept = (int)(bytes.Length * share);
        using SafeFileHandle file = File.OpenHandle(made.Path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, kept);
        Assert.Equal(ErrorClass.Platform, Assert.Throws<MediaException>(() => OutputVerifier.Verify(file, made.Result, CancellationToken.None)).Class);
        // The same length with nothing in it is what a crash before the last flush leaves.
        RandomAccess.SetLength(file, bytes.Length);
        Assert.Throws<MediaException>(() => OutputVerifier.Verify(file, made.Result, CancellationToken.None));
    }

    [Fact]
    public void The_verifier_sees_another_count_and_another_size()
    {
        Transcoded made = Transcode("360p30-h264", MediaSources.Clip());
        using SafeFileHandle file = File.OpenHandle(made.Path, FileMode.Open, FileAccess.ReadWrite);
        Assert.Throws<MediaException>(() => OutputVerifier.Verify(file, With(made.Result, rendition => rendition with { Frames = rendition.Frames + 1 }), CancellationToken.None));
        Assert.Throws<MediaException>(() => OutputVerifier.Verify(file, With(made.Result, rendition => rendition with { Width = 1280 }), CancellationToken.None));
        Assert.Throws<MediaException>(() => OutputVerifier.Verify(file, made.Result with { Files = [made.Result.Files[0] with { DurationSeconds = 3 }] }, CancellationToken.None));
    }

    private static TranscodeResult With(TranscodeResult result, Func<RenditionResult, RenditionResult> change) =>
        result with { Renditions = [change(result.Renditions[0])] };

    [Fact]
    public void The_probe_lists_what_opens()
    {
        Encode.Contracts.Nodes.NodeCapabilities found = HostProbe.Run("1.2.3");
        Assert.Equal("1.2.3", found.Version);
        Assert.StartsWith("7.1.", found.FFmpegVersion, StringComparison.Ordinal);
        foreach (string name in (ReadOnlySpan<string>)["libx264", "libx265", "libsvtav1"])
        {
            Assert.Equal([8, 10], Assert.Single(found.Encoders, encoder => encoder.Name == name).BitDepths);
        }

        Assert.Contains("h264", found.Decoders);
        Assert.True(found.MemoryBytes > 100_000_000);
        Assert.NotEqual("unknown", found.Cpu);
        if (!File.Exists("/dev/nvidia0"))
        {
            Assert.Empty(found.Devices);
            Assert.DoesNotContain(found.Encoders, encoder => encoder.Name.Contains("nvenc", StringComparison.Ordinal));
        }
    }

    private sealed class Gate : ISpoolGate
    {
        public long BlocksFrom { get; init; }

        public bool Fails { get; init; }

        public Action WhenBlocked { get; init; } = () => { };

        public bool TimedOut { get; private set; }

        public List<(long Offset, int Count)> Asked { get; } = [];

        public void WaitFor(long offset, int count, CancellationToken stop)
        {
            Asked.Add((offset, count));
            if (offset < BlocksFrom)
            {
                return;
            }

            if (Fails)
            {
                throw new MediaException(ErrorClass.Network, "fetch the input: it is gone; upload it again");
            }

            WhenBlocked();
            TimedOut = !stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            stop.ThrowIfCancellationRequested();
        }
    }
}
