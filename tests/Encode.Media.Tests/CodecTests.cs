using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What the three encoders make: formats, depths, presets, tunes, and groups of pictures that can be cut.</summary>
public sealed class CodecTests : MediaTest
{
    private const int GopFrames = 12;

    // Three shots, the cuts of which lie beside the key frames.
    private static readonly string Shots = MediaSources.Make(
        "shots.mkv",
        "-f lavfi -i testsrc2=size=192x128:rate=25:duration=0.6 -f lavfi -i smptehdbars=size=192x128:rate=25:duration=0.6 -f lavfi -i mandelbrot=size=192x128:rate=25 -filter_complex [0][1][2]concat=n=3,trim=end_frame=50 -c:v ffv1 -pix_fmt yuv420p");

    public static TheoryData<VideoCodec, string> Presets => new(
        from codec in (VideoCodec[])[VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1]
        from preset in codec switch
        {
            VideoCodec.H264 => (string[])["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"],
            VideoCodec.Hevc => ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"],
            _ => ["4", "5", "6", "7", "8", "9", "10", "11", "12", "13"],
        }
        select (codec, preset));

    // Of the libraries' documentation: x264 --fullhelp, x265 --fullhelp, SVT-AV1 Docs/Parameters.md.
    [Theory]
    [InlineData(VideoCodec.H264, 23, 51)]
    [InlineData(VideoCodec.Hevc, 28, 51)]
    [InlineData(VideoCodec.Av1, 35, 63)]
    public void Software_has_the_scale_of_its_libraries(VideoCodec codec, double usual, double most) =>
        Assert.Equal((usual, most), (EncoderWords.DefaultCrf(codec, EncoderChoice.Software), EncoderWords.MaxCrf(codec, EncoderChoice.Software)));

    [Fact]
    public void Encoders_have_the_quality_scale_that_a_job_is_told()
    {
        foreach (VideoEncoderEntry entry in VideoEncoderTable.All)
        {
            VideoSettings video = Scenario("360p-h264").Video[0] with { Codec = entry.Codec, RateControl = RateControlMode.Crf, Crf = null };
            Assert.Equal(EncoderWords.DefaultCrf(entry.Codec, entry.Kind), entry.CrfFor(video));
            entry.ThrowUnlessItCan(video with { Crf = EncoderWords.MaxCrf(entry.Codec, entry.Kind) });
            Assert.Throws<MediaException>(() => entry.ThrowUnlessItCan(video with { Crf = EncoderWords.MaxCrf(entry.Codec, entry.Kind) + 1 }));
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Key_frames_stand_at_multiples_of_the_group_and_nowhere_else(VideoCodec codec, string preset)
    {
        Transcoded made = Transcode(Settings(codec, video => video with { Preset = preset }), Shots);
        Assert.Equal([0, 12, 24, 36, 48], MediaPackets.KeyFrames(made.Path));
    }

    [Theory]
    [InlineData(VideoCodec.H264, "veryfast")]
    [InlineData(VideoCodec.H264, "slow")]
    [InlineData(VideoCodec.Hevc, "fast")]
    [InlineData(VideoCodec.Hevc, "medium")]
    [InlineData(VideoCodec.Av1, "6")]
    [InlineData(VideoCodec.Av1, "8")]
    [InlineData(VideoCodec.Av1, "12")]
    public void Each_group_of_pictures_decodes_alone(VideoCodec codec, string preset)
    {
        Transcoded made = Transcode(Settings(codec, video => video with { Preset = preset }), Shots);
        string[] whole = MediaPackets.FrameHashes(made.Path);
        Assert.Equal(50, whole.Length);
        for (int first = 0; first < whole.Length; first += GopFrames)
        {
            // In coding order a closed group is one run of packets, and nothing else refers into it.
            string part = NewPath($"{first}.mkv");
            MediaTools.RunFFmpeg("-i", made.Path, "-map", "0:v", "-c", "copy", "-bsf:v", $"noise=drop=lt(n\\,{first})+gte(n\\,{first + GopFrames})", part);
            Assert.Equal(whole.Skip(first).Take(GopFrames), MediaPackets.FrameHashes(part));
        }
    }

    [Theory]
    [InlineData(VideoCodec.H264, 8, "yuv420p", "High")]
    [InlineData(VideoCodec.H264, 10, "yuv420p10le", "High 10")]
    [InlineData(VideoCodec.Hevc, 8, "yuv420p", "Main")]
    [InlineData(VideoCodec.Hevc, 10, "yuv420p10le", "Main 10")]
    [InlineData(VideoCodec.Av1, 8, "yuv420p", "Main")]
    [InlineData(VideoCodec.Av1, 10, "yuv420p10le", "Main")]
    public void Each_format_is_made_in_8_and_10_bit(VideoCodec codec, int bits, string format, string profile)
    {
        Transcoded made = Transcode(Settings(codec, video => video with { BitDepth = bits }), Shots).IsSound(50, 192, 128);
        Assert.Equal(format, MediaReport.Text(made.Report.Video, "pix_fmt"));
        Assert.Equal(profile, MediaReport.Text(made.Report.Video, "profile"));
    }

    [Theory]
    [InlineData(VideoCodec.H264, "fastdecode", "cabac=0")]
    [InlineData(VideoCodec.H264, "grain", "deadzone=6,6")]
    [InlineData(VideoCodec.H264, "zerolatency", "sliced_threads=1")]
    [InlineData(VideoCodec.Hevc, "grain", " rc-grain")]
    [InlineData(VideoCodec.Hevc, "fastdecode", "no-deblock")]
    public void A_tune_reaches_the_encoder(VideoCodec codec, string tune, string sign)
    {
        // Both write their settings into the first picture.
        Assert.DoesNotContain(sign, Encoding.Latin1.GetString(File.ReadAllBytes(Transcode(Settings(codec), Shots).Path)), StringComparison.Ordinal);
        Assert.Contains(sign, Encoding.Latin1.GetString(File.ReadAllBytes(Transcode(Settings(codec, video => video with { Tune = tune }), Shots).Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void Svt_av1_has_tunes_of_its_own()
    {
        long[] bytes = [.. ((string?[])[null, "vq", "ssim"]).Select(tune => Transcode(Settings(VideoCodec.Av1, video => video with { Tune = tune }), Shots).Result.Bytes)];
        Assert.Equal(3, bytes.Distinct().Count());
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Settings(VideoCodec.Av1, video => video with { Tune = "film" }), Shots));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("vq, psnr and ssim", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.Hevc)]
    [InlineData(VideoCodec.Av1)]
    public void A_slide_show_has_groups_as_short_as_the_encoder_can(VideoCodec codec)
    {
        string slides = MediaSources.Make("slides.mkv", "-f lavfi -i testsrc2=size=192x128:rate=1/2:duration=12 -c:v ffv1 -pix_fmt yuv420p");
        Transcoded made = Transcode(Settings(codec, video => video with { GopSeconds = 2, RateControl = RateControlMode.Abr }), slides);
        Assert.InRange(made.Report.Frames, 5, 7);
        Assert.Equal(Enumerable.Range(0, made.Report.Frames).Where(frame => codec != VideoCodec.Av1 || frame % 2 == 0), MediaPackets.KeyFrames(made.Path));
    }

    [Fact]
    public void A_depth_that_no_encoder_has_is_refused()
    {
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Settings(VideoCodec.H264, video => video with { BitDepth = 12 }), Shots));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("12 bit", error.Message, StringComparison.Ordinal);
    }

    private static EncodeSettings Settings(VideoCodec codec, Func<VideoSettings, VideoSettings>? change = null)
    {
        EncodeSettings settings = Scenario($"360p-{codec.ToString().ToLowerInvariant()}");
        VideoSettings video = settings.Video[0] with
        {
            BoxWidth = 192,
            BoxHeight = 128,
            GopSeconds = GopFrames / 25.0,
            RateControl = RateControlMode.Crf,
        };
        return settings with { Video = [change is null ? video : change(video)] };
    }
}
