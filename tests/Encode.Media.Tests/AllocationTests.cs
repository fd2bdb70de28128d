using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>What a frame costs beside its codec: no managed memory on any stage's thread, no collection, no native memory that grows.</summary>
public sealed unsafe class AllocationTests : MediaTest
{
    private const int Frames = 10_000;

    /// <summary>
    /// What the muxer remembers of each packet until it writes the index (some 70 bytes each, in arrays that double), and what the
    /// allocator's pages and threads' stacks add to that: 2 MB, and up to 5 MB where other programs hold the stages up and queues fill. One frame in
    /// twenty that is not given back is more than that.
    /// </summary>
    private const long IndexBytes = 6 << 20;

    /// <summary>What a report to the observer takes.</summary>
    private const long ReportBytes = 128;

    [Theory]
    [InlineData(160, 90)]
    [InlineData(128, 72)]
    public void Ten_thousand_frames_allocate_nothing_once_the_stages_are_warm(int width, int height)
    {
        string clip = MediaSources.Make(
            "long-160x90.mp4",
            $"-f lavfi -i testsrc2=size=160x90:rate=60 -f lavfi -i sine=frequency=440:sample_rate=48000 -frames:v {Frames} -t {Frames / 60} -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a aac");
        EncodeSettings scenario = Scenario("360p60-h264");
        EncodeSettings settings = scenario with { Video = [scenario.Video[0] with { BoxWidth = width, BoxHeight = height, Preset = "ultrafast", Bitrate = 200_000 }] };
        // The first call of each native function looks it up, which a published program never does.
        Run(settings, MediaSources.Clip(), new Samples());
        var samples = new Samples();
        TranscodeResult result = Run(settings, clip, samples);
        Assert.InRange(result.Frames, Frames - 61, Frames + 1);
        string account = string.Join(", ", result.Clocks.Select(clock => $"{clock.Name} {clock.AllocatedWarmBytes} bytes in {clock.Steps} steps"));
        Assert.True(result.Clocks.Where(clock => clock.Name is not ("open" or "mux")).All(clock => clock.AllocatedWarmBytes == 0), account);
        // The muxer's thread also makes the reports, two a second.
        Assert.True(result.Clocks.Single(clock => clock.Name == "mux").AllocatedWarmBytes <= samples.Reports * ReportBytes, account);

        Assert.True(samples.Count >= 4, $"only {samples.Count} reports came");
        Assert.Equal(0, samples.Collections);
        Assert.InRange(samples.Growth, long.MinValue, IndexBytes);
    }

    [Fact]
    public void Reads_of_an_input_allocate_nothing()
    {
        string path = NewPath("input");
        File.WriteAllBytes(path, new byte[8 << 20]);
        MediaRuntime.Initialize();
        using var file = new FileInput(File.OpenHandle(path));
        using var io = new InputIo(file, CancellationToken.None);
        ReadAll(io);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadAll(io);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Reads_of_a_spool_allocate_nothing()
    {
        string path = NewPath("spool");
        File.WriteAllBytes(path, new byte[8 << 20]);
        MediaRuntime.Initialize();
        using var input = new SpoolInput(File.OpenHandle(path), 8 << 20, new OpenGate());
        using var io = new InputIo(input, CancellationToken.None);
        ReadAll(io);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadAll(io);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Writes_of_an_output_allocate_nothing()
    {
        MediaRuntime.Initialize();
        using SafeFileHandle file = File.OpenHandle(NewPath("output"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var io = new OutputIo(file, forWriting: true, CancellationToken.None);
        WriteAndSeek(io);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteAndSeek(io);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void ReadAll(InputIo io)
    {
        byte* buffer = stackalloc byte[4096];
        ffmpeg.avio_seek(io.Context, 0, 0);
        int read = 0;
        while (ffmpeg.avio_read(io.Context, buffer, 4096) is > 0 and int count)
        {
            read += count;
        }

        io.ThrowIfParked();
        Assert.True(read == 8 << 20);
    }

    private static void WriteAndSeek(OutputIo io)
    {
        byte* buffer = stackalloc byte[4096];
        ffmpeg.avio_seek(io.Context, 0, 0);
        for (int i = 0; i < 1000; i++)
        {
            ffmpeg.avio_write(io.Context, buffer, 4096);
            if (i % 100 == 0)
            {
                ffmpeg.avio_seek(io.Context, ffmpeg.avio_seek(io.Context, 0, 1), 0);
            }
        }

        ffmpeg.avio_flush(io.Context);
        io.ThrowIfParked();
    }

    private TranscodeResult Run(EncodeSettings settings, string clip, ITranscodeObserver observer)
    {
        using SafeFileHandle output = File.OpenHandle(NewPath($"{Guid.NewGuid():N}.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var input = new FileInput(File.OpenHandle(clip));
        return Transcoder.Run(new TranscodeRequest { Settings = settings, Input = input, Outputs = [output] }, observer, CancellationToken.None);
    }

    /// <summary>Samples the process at each report, from the first quarter of the frames on.</summary>
    private sealed class Samples : ITranscodeObserver
    {
        private readonly byte[] _text = new byte[256];
        private readonly SafeFileHandle _statm = File.OpenHandle("/proc/self/statm");
        private int _collectionsAtStart;
        private long _residentAtStart;

        /// <summary>Reports that came in all.</summary>
        public int Reports { get; private set; }

        public int Count { get; private set; }

        public int Collections { get; private set; }

        public long Growth { get; private set; }

        public void OnProgress(JobProgress progress)
        {
            Reports++;
            if (progress.Frames < Frames / 4)
            {
                return;
            }

            if (Count++ == 0)
            {
                _collectionsAtStart = GC.CollectionCount(0);
                _residentAtStart = Resident();
            }

            Collections = GC.CollectionCount(0) - _collectionsAtStart;
            Growth = Resident() - _residentAtStart;
        }

        public void OnFirstFrameSent()
        {
        }

        public void OnLog(string line)
        {
        }

        /// <summary>Resident bytes; read without a string, since this runs on a thread that is measured.</summary>
        private long Resident()
        {
            int length = RandomAccess.Read(_statm, _text, 0);
            ReadOnlySpan<byte> text = _text.AsSpan(0, length);
            text = text[(text.IndexOf((byte)' ') + 1)..];
            return Environment.SystemPageSize * long.Parse(text[..text.IndexOf((byte)' ')], NumberStyles.None, CultureInfo.InvariantCulture);
        }
    }

    private sealed class OpenGate : ISpoolGate
    {
        public void WaitFor(long offset, int count, CancellationToken stop)
        {
        }
    }
}
