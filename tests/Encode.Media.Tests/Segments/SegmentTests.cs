using System.Globalization;
using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.Media.Segments;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>
/// Encodes that are interrupted and gone on with. The pictures before the cut must be those of a run that was not interrupted, the ones behind
/// it those of a run that begins at the cut, and the sound all that it would have been.
/// </summary>
public sealed class SegmentTests : MediaTest
{
    private const int Rate = 30;
    private const int Seconds = 8;

    [Theory]
    [InlineData(VideoCodec.H264, Container.Mp4)]
    [InlineData(VideoCodec.H264, Container.Ts)]
    [InlineData(VideoCodec.Hevc, Container.Mp4)]
    [InlineData(VideoCodec.Av1, Container.Mkv)]
    public void The_pictures_of_the_whole_are_those_of_its_parts(VideoCodec codec, Container container)
    {
        string input = Source();
        EncodeSettings settings = Small(codec) with { Outputs = [new OutputSettings { Container = container }] };
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 1);
        double cut = kept.Cut;
        kept.GoOn(input);
        string joined = kept.Paths[0];
        string whole = TranscodeOnOneThread(settings, input).Path;
        string rest = TranscodeOnOneThread(settings with { InputStart = cut }, input).Path;
        string[] made = MediaPackets.FrameHashes(joined);
        int before = (int)Math.Round(cut * Rate);
        Assert.Equal(Seconds * Rate, made.Length);
        Assert.Equal(MediaPackets.FrameHashes(whole)[..before], made[..before]);
        Assert.Equal(MediaPackets.FrameHashes(rest), made[before..]);
        Assert.Equal(SoundHashes(whole), SoundHashes(joined));
        Assert.Equal([.. Enumerable.Range(0, Seconds).Select(second => second * Rate)], MediaPackets.KeyFrames(joined));
        Assert.Equal(DecodingTimes(whole), DecodingTimes(joined));
        Assert.Single(ParameterSets(joined).Distinct());
        Assert.Equal(ParameterSets(whole)[0], ParameterSets(joined)[0]);
    }

    [Fact]
    public void Renditions_of_a_folder_are_cut_at_one_time()
    {
        string input = Source();
        VideoSettings first = Small(VideoCodec.H264).Video[0];
        EncodeSettings settings = Small(VideoCodec.H264) with
        {
            Video = [first, first with { Name = "v1", BoxWidth = 160, BoxHeight = 90, Preset = "medium" }],
            Outputs = [new OutputSettings { Container = Container.Cmaf }],
        };
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 1);
        TranscodeResult result = kept.GoOn(input);
        Assert.All(result.Renditions, rendition => Assert.Equal(Seconds * Rate, rendition.Frames));
        Assert.All(
            kept.Paths.Where(path => path.EndsWith("v0.mp4", StringComparison.Ordinal) || path.EndsWith("v1.mp4", StringComparison.Ordinal)),
            path => Assert.Equal(Seconds * Rate, MediaPackets.FrameHashes(path).Length));
    }

    [Theory]
    [InlineData("24000/1001 into 30", "-r 24000/1001", "", null)]
    [InlineData("fields into pictures", "-r 25 -vf tinterlace=interleave_top,fieldorder=tff -flags +ilme+ildct -x264-params tff=1", "", null)]
    [InlineData("fields of a source that can be entered at the cut", "-r 25 -g 25 -vf tinterlace=interleave_top,fieldorder=tff -flags +ilme+ildct -x264-params tff=1", "", null)]
    [InlineData("times of its own", "-vf select='mod(n\\,3)' -fps_mode vfr", "source", null)]
    [InlineData("a transport stream", "-muxdelay 0.7", "", "ts")]
    [InlineData("no index", "", "", "mkv")]
    [InlineData("no sound", "-an", "", "mp4")]
    [InlineData("no sound in a transport stream", "-an", "", "ts")]
    public void Behind_the_cut_come_the_pictures_that_would_have_come(string name, string arguments, string rate, string? extension)
    {
        string input = Source(arguments, extension ?? "mp4");
        EncodeSettings plain = Small(VideoCodec.H264);
        EncodeSettings settings = plain with
        {
            Video = [plain.Video[0] with { KeepsTimes = rate == "source", FrameRate = rate == "source" ? null : new Rational(Rate, 1), RateControl = RateControlMode.Crf, Crf = 8 }],
            Audio = arguments.Contains("-an", StringComparison.Ordinal) ? [] : plain.Audio,
        };
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 1);
        double cut = kept.Cut;
        kept.GoOn(input);
        string whole = TranscodeOnOneThread(settings, input).Path;
        string[] expected = Times(whole);
        Assert.Equal(expected, Times(kept.Paths[0]));
        Assert.Equal(SoundHashes(whole), SoundHashes(kept.Paths[0]));
        double worst = WorstFrame(whole, kept.Paths[0]);
        Assert.True(worst > 38, $"{name}, cut at {cut} s: a picture is {worst} dB from the one that belongs there");
    }

    [Fact]
    public void A_source_that_cannot_be_entered_near_the_cut_is_begun_anew()
    {
        // No key frame but the first: what is refreshed column by column can be entered each two seconds and is whole three seconds later.
        string input = Source("-vf scale=480:270 -x264-params intra-refresh=1:keyint=60:b-pyramid=none -an", "ts");
        EncodeSettings settings = Small(VideoCodec.H264) with { Audio = [] };
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 3);
        MediaException error = Assert.Throws<MediaException>(() => kept.Finish(input));
        Assert.Equal(ErrorClass.Platform, error.Class);
        Assert.StartsWith("go on with v0: the source cannot be decoded from where the interruption was", error.Message, StringComparison.Ordinal);
        RandomAccess.SetLength(kept.Files.Index, 0);
        Assert.Equal(Seconds * Rate, kept.Finish(input).Frames);
    }

    [Fact]
    public async Task A_generated_clip_goes_on()
    {
        EncodeSettings settings = Small(VideoCodec.H264) with { GeneratedSeconds = Seconds };
        using KeptEncode kept = new(settings);
        using CancellationTokenSource cancel = new();
        Task watch = Task.Run(async () =>
        {
            await Eventually.IsTrueAsync("a cut", TimeSpan.FromSeconds(30), () => kept.Cut >= 2);
            await cancel.CancelAsync();
        });
        Assert.Throws<OperationCanceledException>(() => kept.Run(null, cancel.Token));
        await watch;
        kept.GoOn(null);
        string whole = TranscodeOnOneThread(settings, null).Path;
        Assert.Equal(Times(whole), Times(kept.Paths[0]));
        Assert.Equal(SoundHashes(whole), SoundHashes(kept.Paths[0]));
        Assert.True(WorstFrame(whole, kept.Paths[0]) > 30);
    }

    [Fact]
    public void An_encode_may_be_interrupted_more_than_once()
    {
        string input = Source();
        using KeptEncode kept = new(Small(VideoCodec.H264));
        kept.Interrupt(input, 0.4, cut: 1);
        double first = kept.Cut;
        kept.Interrupt(input, 0.85, cut: first + 1);
        Assert.True(kept.Cut > first);
        Assert.Equal(Seconds * Rate, kept.GoOn(input).Frames);
        Assert.Equal(Seconds * Rate, MediaPackets.FrameHashes(kept.Paths[0]).Length);
    }

    [Fact]
    public void What_is_damaged_on_the_disk_is_refused()
    {
        string input = Source();
        using KeptEncode kept = new(Small(VideoCodec.H264));
        kept.Interrupt(input, 0.8, cut: 1);
        byte[] bytes = new byte[1];
        RandomAccess.Read(kept.Files.Tracks[0], bytes, 5000);
        bytes[0] ^= 1;
        RandomAccess.Write(kept.Files.Tracks[0], bytes, 5000);
        MediaException error = Assert.Throws<MediaException>(() => kept.Finish(input));
        Assert.Equal(ErrorClass.Platform, error.Class);
        Assert.StartsWith("read the segments: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_that_was_half_written_leaves_the_one_before()
    {
        string input = Source();
        using KeptEncode kept = new(Small(VideoCodec.H264));
        kept.Interrupt(input, 0.8, cut: 3);
        double last = kept.Cut;
        byte[] index = new byte[RandomAccess.GetLength(kept.Files.Index)];
        RandomAccess.Read(kept.Files.Index, index, 0);
        int newest = index.AsSpan(16, 8).SequenceCompareTo(index.AsSpan(4096 + 16, 8)) > 0 ? 0 : 4096;
        // It says that it is the newest, and of the rest nothing came onto the disk: only its checksum tells.
        RandomAccess.Write(kept.Files.Index, new byte[2048], newest + 24);
        Assert.InRange(kept.Cut, 1, last - 1);
        Assert.Equal(Seconds * Rate, kept.GoOn(input).Frames);
    }

    [Fact]
    public void Segments_of_other_settings_are_begun_anew()
    {
        string input = Source();
        EncodeSettings settings = Small(VideoCodec.H264);
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 1);
        using KeptEncode other = new(settings with { Video = [settings.Video[0] with { GopSeconds = 2 }] }) { Files = kept.Files };
        Assert.DoesNotContain(other.Finish(input).Notes, note => note.Contains("went on", StringComparison.Ordinal));
    }

    [Fact]
    public void Segments_of_another_build_are_begun_anew()
    {
        string input = Source();
        EncodeSettings settings = Small(VideoCodec.H264);
        using KeptEncode kept = new(settings);
        kept.Interrupt(input, 0.8, cut: 1);
        SegmentCut cut = SegmentIndex.Read(kept.Files.Index)!;
        using FileInput file = new(File.OpenHandle(input));
        TranscodeRequest request = new() { Settings = settings, Input = file, Outputs = [] };
        Assert.Equal(SegmentLog.FingerprintOf(request, SegmentLog.Build), cut.Fingerprint);
        SegmentIndex.Write(kept.Files.Index, cut with { Number = cut.Number + 1, Fingerprint = SegmentLog.FingerprintOf(request, $"{SegmentLog.Build} of another day") });
        Assert.DoesNotContain(kept.Finish(input).Notes, note => note.Contains("went on", StringComparison.Ordinal));
    }

    [Fact]
    public void A_disk_that_refuses_ends_the_log_and_not_the_job()
    {
        using SafeFileHandle full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.ReadWrite);
        EncodeSettings settings = Small(VideoCodec.H264) with { GeneratedSeconds = 2 };
        using KeptEncode made = new(settings);
        using KeptEncode kept = new(settings) { Files = made.Files with { Tracks = [full] } };
        TranscodeResult result = kept.Finish(null);
        Assert.Equal(2 * Rate, result.Frames);
        Assert.Contains(result.Notes, note => note.StartsWith("What was encoded could not be kept", StringComparison.Ordinal));
    }

    // x264 with weighted prediction or macroblock trees reads memory that it has not written, and makes other pictures now and then: this preset has
    // no trees, this tune no weights.
    private static EncodeSettings Small(VideoCodec codec)
    {
        EncodeSettings scenario = Scenario($"360p30-{codec.ToString().ToLowerInvariant()}");
        return scenario with
        {
            Video = [scenario.Video[0] with { BoxWidth = 320, BoxHeight = 180, GopSeconds = 1, RateControl = RateControlMode.Crf, Crf = 30, Preset = codec == VideoCodec.Av1 ? "10" : "superfast", Tune = codec == VideoCodec.H264 ? "fastdecode" : null }],
        };
    }

    private static string Source(string arguments = "", string extension = "mp4") => MediaSources.Make(
        $"moving.{extension}",
        $"-f lavfi -i testsrc2=size=320x180:rate={Rate}:duration={Seconds} -f lavfi -i aevalsrc=exprs='0.3*sin(300*t*t)':s=48000:d={Seconds} -c:v libx264 -preset ultrafast -qp 12 -bf 2 -g 50 -sc_threshold 0 -pix_fmt yuv420p -c:a aac {arguments}");

    private static string[] SoundHashes(string path) => MediaPackets.Lines(path, "a", "stream=index").Length == 0 ? [] : MediaPackets.Hashes(path, "a");

    private static string[] Times(string path) => MediaPackets.Lines(path, "v:0", "packet=pts_time,duration_time");

    private static string[] DecodingTimes(string path) => MediaPackets.Lines(path, "v:0", "packet=dts_time");

    /// <summary>Hashes of the headers that each key frame of a picture is decoded with.</summary>
    private static string[] ParameterSets(string path) => MediaPackets.Hashes(path, "v:0", "-bsf:v", HeaderFilter(MediaPackets.Lines(path, "v:0", "stream=codec_name")[0]));

    private static string HeaderFilter(string codec) => codec switch
    {
        "av1" => "filter_units=pass_types=1",
        "hevc" => "hevc_mp4toannexb,filter_units=pass_types=32-34",
        _ => "h264_mp4toannexb,filter_units=pass_types=7-8",
    };

    private static double WorstFrame(string one, string other) =>
        Encoding.ASCII.GetString(MediaTools.RunFFmpeg("-i", one, "-i", other, "-lavfi", "psnr=stats_file=-", "-f", "null", "-"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("psnr_avg:")[1].Split(' ')[0]).Where(text => text != "inf").Select(text => double.Parse(text, CultureInfo.InvariantCulture)).DefaultIfEmpty(100).Min();
}
