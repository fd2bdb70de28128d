using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>How bits are spent, judged by the sizes of the packets.</summary>
public sealed class RateControlTests : MediaTest
{
    private const int Rate = 25;
    private const int Bitrate = 300_000;

    // A second of a still, then two of noise that nothing can predict, then a still: bits are wanted very unevenly.
    private static readonly string Uneven = MediaSources.Make(
        "uneven.mkv",
        $"-f lavfi -i testsrc2=size=192x128:rate={Rate}:duration=4,noise=alls=40:allf=t:enable='between(t,1,3)' -c:v ffv1 -pix_fmt yuv420p");

    // The same all along, which one pass can judge.
    private static readonly string Even = MediaSources.Make(
        "even.mkv", $"-f lavfi -i testsrc2=size=192x128:rate={Rate}:duration=4,noise=alls=12:allf=t -c:v ffv1 -pix_fmt yuv420p");

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.Hevc)]
    [InlineData(VideoCodec.Av1)]
    public void Constant_quality_follows_its_number_to_both_ends_of_the_scale(VideoCodec codec)
    {
        double end = codec == VideoCodec.Av1 ? 63 : 51;
        long[] bytes = [.. ((double[])[0, 20, 30, end]).Select(crf => Make(codec, video => video with { RateControl = RateControlMode.Crf, Crf = crf }).Sum(size => (long)size))];
        Assert.Equal(bytes.OrderDescending(), bytes);
        Assert.Equal(4, bytes.Distinct().Count());
        MediaException error = Assert.Throws<MediaException>(() => Make(codec, video => video with { RateControl = RateControlMode.Crf, Crf = end + 1 }));
        Assert.Equal(ErrorClass.Settings, error.Class);
    }

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.Hevc)]
    public void A_cap_holds_constant_quality_within_the_decoders_buffer(VideoCodec codec)
    {
        static VideoSettings Free(VideoSettings video) => video with { RateControl = RateControlMode.Crf, Crf = 18 };
        const int Cap = 600_000;
        Assert.True(Underflow(Make(codec, Free), Cap, seconds: 1) > 0, "without a cap the buffer would run dry");
        int[] capped = Make(codec, video => Free(video) with { MaxBitrate = Cap, BufferSeconds = 1 });
        Assert.Equal(0, Underflow(capped, Cap, seconds: 1));
    }

    [Fact]
    public void A_cap_lowers_the_quality_of_av1()
    {
        static VideoSettings Free(VideoSettings video) => video with { RateControl = RateControlMode.Crf, Crf = 18 };
        long free = Make(VideoCodec.Av1, Free).Sum();
        long capped = Make(VideoCodec.Av1, video => Free(video) with { MaxBitrate = 600_000, BufferSeconds = 1 }).Sum();
        Assert.True(capped < free * 0.8, $"{capped} of {free} bytes");
    }

    [Theory]
    [InlineData(VideoCodec.H264, RateControlMode.Vbr)]
    [InlineData(VideoCodec.H264, RateControlMode.Cbr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Vbr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Cbr)]
    public void A_peak_is_never_exceeded(VideoCodec codec, RateControlMode mode)
    {
        int[] sizes = Make(codec, video => video with { RateControl = mode, BufferSeconds = 1 });
        int peak = mode == RateControlMode.Cbr ? Bitrate : Bitrate * 3 / 2;
        Assert.Equal(0, Underflow(sizes, peak, seconds: 1));
        // What the average mode may do, that the peak forbids.
        Assert.True(Underflow(Make(codec, video => video with { RateControl = RateControlMode.Abr }), peak, seconds: 1) > 0, "the average alone would exceed it");
    }

    [Theory]
    [InlineData(VideoCodec.H264, RateControlMode.Abr)]
    [InlineData(VideoCodec.H264, RateControlMode.Cbr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Abr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Cbr)]
    [InlineData(VideoCodec.Av1, RateControlMode.Abr)]
    [InlineData(VideoCodec.Av1, RateControlMode.Vbr)]
    [InlineData(VideoCodec.Av1, RateControlMode.Cbr)]
    public void An_average_is_met(VideoCodec codec, RateControlMode mode)
    {
        int[] sizes = MediaPackets.Sizes(Transcode(Settings(codec, video => video with { RateControl = mode }), Even).Path);
        double bitrate = sizes.Sum() * 8.0 * Rate / sizes.Length;
        // SVT-AV1 lets itself go a quarter over (its overshoot-pct), and pictures as small as these take it.
        Assert.InRange(bitrate, Bitrate * 0.8, Bitrate * (codec == VideoCodec.Av1 ? 1.3 : 1.2));
    }

    [Theory]
    [InlineData(VideoCodec.Av1, RateControlMode.Abr)]
    [InlineData(VideoCodec.H264, RateControlMode.Crf)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Cbr)]
    public void Two_passes_of_what_has_one_are_a_settings_error(VideoCodec codec, RateControlMode mode)
    {
        MediaException error = Assert.Throws<MediaException>(() => Make(codec, video => video with { RateControl = mode, Passes = 2 }));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("passes 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/srv/a:b/statistics")]
    [InlineData("/srv/a b/statistics")]
    [InlineData("")]
    public void Statistics_stay_where_an_option_can_name_them(string path) =>
        Assert.Equal(ErrorClass.Platform, Assert.Throws<MediaException>(() => EncoderPass.First(path)).Class);

    [Fact]
    public void More_than_svt_av1_takes_is_a_settings_error()
    {
        MediaException error = Assert.Throws<MediaException>(() => Make(VideoCodec.Av1, video => video with { Bitrate = 120_000_000 }));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("100 Mbit/s", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A constant bitrate is filled up in transport streams alone, and in the first of two passes as in the second.</summary>
    [Theory]
    [InlineData("ts", true)]
    [InlineData("ts ts", true)]
    [InlineData("mp4", false)]
    [InlineData("ts mp4", false)]
    [InlineData("", false)]
    public void What_is_only_in_transport_streams_is_known_in_every_run(string containers, bool expected)
    {
        VideoSettings video = Settings(VideoCodec.H264, video => video).Video[0];
        OutputSettings[] outputs = [.. containers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => new OutputSettings { Video = [video.Name], Container = Enum.Parse<Container>(name, ignoreCase: true) })];
        EncodeSettings settings = Scenario("360p-h264") with
        {
            Video = [video, video with { Name = "other" }],
            Audio = [],
            Outputs = [.. outputs, new OutputSettings { Video = ["other"], Container = Container.Mkv }],
        };
        SafeFileHandle[] files = [.. settings.Outputs.Index().Select(output => File.OpenHandle(NewPath($"{output.Index}"), FileMode.CreateNew, FileAccess.ReadWrite))];
        foreach (RunPurpose purpose in Enum.GetValues<RunPurpose>())
        {
            using var run = new TranscodeRun(new TranscodeRequest { Settings = settings, Outputs = files }, purpose);
            Assert.Equal(expected, run.IsOnlyIn(Container.Ts, run.Renditions[0]));
            Assert.False(run.IsOnlyIn(Container.Ts, run.Renditions[1]));
        }

        Array.ForEach(files, file => file.Dispose());
    }

    private int[] Make(VideoCodec codec, Func<VideoSettings, VideoSettings> change) => MediaPackets.Sizes(Transcode(Settings(codec, change), Uneven).Path);

    /// <summary>Bits that are missing from a decoder's buffer, in all pictures together: it starts nine tenths full and fills at the peak rate.</summary>
    private static long Underflow(int[] sizes, int peak, double seconds)
    {
        double buffer = peak * seconds;
        double fill = buffer * 0.9;
        double missing = 0;
        foreach (int size in sizes)
        {
            fill -= size * 8.0;
            missing += Math.Max(0, -fill);
            fill = Math.Min(buffer, Math.Max(0, fill) + ((double)peak / Rate));
        }

        return (long)missing;
    }

    private static EncodeSettings Settings(VideoCodec codec, Func<VideoSettings, VideoSettings> change)
    {
        EncodeSettings settings = Scenario($"360p-{codec.ToString().ToLowerInvariant()}");
        return settings with { Video = [change(settings.Video[0] with { BoxWidth = 192, BoxHeight = 128, Bitrate = Bitrate, BitrateAbove30 = null, GopSeconds = 1 })] };
    }
}
