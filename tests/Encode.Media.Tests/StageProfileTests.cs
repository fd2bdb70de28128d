using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>What a result says about each stage, and which of them set the pace.</summary>
public sealed class StageProfileTests : MediaTest
{
    [Fact]
    public void Each_stage_tells_its_time_its_waits_and_its_frames()
    {
        TranscodeResult result = Transcode("360p30-h264", MediaSources.Clip()).Result;
        StageProfile[] threads = [.. result.Stages.Where(stage => stage.Frames is not null)];
        Assert.Equal(["demux", "decode", "filter", "encode", "audio", "mux"], threads.Select(stage => stage.Name));
        Assert.All(threads, stage =>
        {
            double life = stage.Seconds + stage.InputWaitSeconds!.Value + stage.OutputWaitSeconds!.Value;
            Assert.InRange(life, 0.0001, result.EncodeSeconds);
            Assert.InRange(stage.Seconds, 0.00001, life);
            Assert.InRange(stage.CpuSeconds!.Value, 0, stage.Seconds + 0.02);
            Assert.InRange(stage.FrameP50Milliseconds!.Value, 0, stage.FrameP99Milliseconds!.Value);
            Assert.InRange(stage.FrameP99Milliseconds.Value, 0, stage.Seconds * 1000 * 1.04);
        });
        StageProfile Of(string name) => threads.Single(stage => stage.Name == name);
        Assert.All((string[])["decode", "filter", "encode"], name => Assert.Equal(60, Of(name).Frames));
        Assert.InRange(Of("encode").QueueDepthMax!.Value, 1, 3);
        Assert.InRange(Of("encode").QueueDepthMean!.Value, 0, 3);
        Assert.Null(Of("demux").QueueDepthMean);
        Assert.True(Of("demux").Bytes >= new FileInfo(MediaSources.Clip()).Length);
        Assert.Equal(result.Renditions[0].Bytes, Of("encode").Bytes);
        Assert.InRange(Of("mux").Bytes!.Value, result.Bytes, long.MaxValue);
        Assert.Null(result.Stages.Single(stage => stage.Name == "open").Frames);
    }

    [Fact]
    public void A_run_tells_what_it_took()
    {
        TranscodeResult result = Transcode("360p30-h264", MediaSources.Clip()).Result;
        ResourceUse use = result.Resources!;
        Assert.Equal(result.Bytes, use.OutputBytes);
        Assert.Equal(result.Stages.Single(stage => stage.Name == "demux").Bytes, use.InputBytes);
        Assert.InRange(use.CpuSeconds!.Value, 0.01, result.EncodeSeconds * Environment.ProcessorCount * 1.1);
        // At least the pictures that the decoder, three queues and the encoder hold, and less than the host has.
        Assert.InRange(use.PictureMemoryBytes!.Value, 640 * 360 * 3 / 2, 1L << 30);
        Assert.InRange(use.PeakMemoryBytes!.Value, use.PictureMemoryBytes.Value, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Assert.InRange(use.AllocatedBytes!.Value, 1, 64 << 20);
    }

    [Fact]
    public void The_peak_of_memory_is_that_of_the_run_and_not_of_an_earlier_one()
    {
        byte[] large = GC.AllocateUninitializedArray<byte>(512 << 20, pinned: true);
        large.AsSpan().Fill(1);
        long with = Transcode("360p30-h264", null, seconds: 0.2).Result.Resources!.PeakMemoryBytes!.Value;
        GC.KeepAlive(large);
        large = [];
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long without = Transcode("360p30-h264", null, seconds: 0.2).Result.Resources!.PeakMemoryBytes!.Value;
        Assert.InRange(without, 1 << 20, with - (256 << 20));
    }

    [Fact]
    public void The_stage_that_is_busy_longest_binds_the_pace()
    {
        EncodeSettings settings = Scenario("360p30-h264");
        EncodeSettings slow = settings with { Video = [settings.Video[0] with { Preset = "veryslow" }] };
        Assert.Equal("encode", Transcode(slow, MediaSources.Clip()).Result.BoundBy);
        EncodeSettings tiny = settings with { Video = [settings.Video[0] with { BoxWidth = 64, BoxHeight = 36, Preset = "ultrafast" }] };
        Assert.Equal("demux", Run(tiny, new SlowInput(MediaSources.Clip())).BoundBy);
    }

    [Fact]
    public void Quantiles_of_frame_times_are_within_three_percent()
    {
        var times = new FrameTimes();
        Assert.Null(times.Quantile(0.5));
        for (int microseconds = 1; microseconds <= 10_000; microseconds++)
        {
            times.Add(microseconds * System.Diagnostics.Stopwatch.Frequency / 1_000_000);
        }

        Assert.InRange(times.Quantile(0.5)!.Value, 5 * 0.97, 5 * 1.03);
        Assert.InRange(times.Quantile(0.99)!.Value, 9.9 * 0.97, 9.9 * 1.03);
        times.Add(long.MaxValue / 2);
        Assert.True(times.Quantile(1) > 9.9, "what is above the last bucket is in it");
    }

    private TranscodeResult Run(EncodeSettings settings, MediaInput input)
    {
        using (input)
        using (SafeFileHandle output = File.OpenHandle(NewPath("slow.mp4"), FileMode.CreateNew, FileAccess.ReadWrite))
        {
            return Transcoder.Run(new TranscodeRequest { Settings = settings, Input = input, Outputs = [output] }, new Recorder(), CancellationToken.None);
        }
    }

    /// <summary>A disk that takes its time for every read and gives little.</summary>
    private sealed class SlowInput(string path) : MediaInput
    {
        private readonly FileInput _file = new(File.OpenHandle(path));

        public override long Length => _file.Length;

        public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
        {
            Thread.Sleep(20);
            return _file.ReadAt(offset, buffer[..Math.Min(buffer.Length, 4096)], stop);
        }

        protected override void Dispose(bool disposing)
        {
            _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
