using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Media.Tests;

public sealed class ColourTests : MediaTest
{
    private const string Source = "-f lavfi -i smptehdbars=size=640x360:rate=10:duration=0.5,format=yuv420p";

    [Theory]
    [InlineData("bt709", "tv")]
    [InlineData("smpte170m", "tv")]
    [InlineData("bt470bg", "tv")]
    [InlineData("bt709", "pc")]
    public void What_the_source_says_is_carried(string matrix, string range)
    {
        string primaries = matrix == "bt470bg" ? "bt470bg" : matrix;
        string transfer = matrix;
        string input = MediaSources.Make(
            $"said-{matrix}-{range}.mp4",
            $"{Source},setparams=range={range}:colorspace={matrix}:color_primaries={primaries}:color_trc={transfer} -c:v libx264 -preset ultrafast -color_range {range} -colorspace {matrix} -color_primaries {primaries} -color_trc {(transfer == "bt470bg" ? "gamma28" : transfer)}");
        foreach (string scenario in (ReadOnlySpan<string>)["360p-h264", "360p-hevc", "360p-av1"])
        {
            Transcoded made = Transcode(scenario, input).IsSound(5, 640, 360);
            Assert.Equal(range, MediaReport.Text(made.Report.Video, "color_range"));
            Assert.Equal(matrix, MediaReport.Text(made.Report.Video, "color_space"));
            Assert.Equal(primaries, MediaReport.Text(made.Report.Video, "color_primaries"));
            Assert.Equal(transfer, MediaReport.Text(made.Report.Video, "color_transfer"));
            LooksLike(input, made.Path);
        }
    }

    [Theory]
    [InlineData("640x360", "smpte170m")]
    [InlineData("720x576", "bt470bg")]
    [InlineData("1280x720", "bt709")]
    public void What_the_source_leaves_unsaid_is_assumed_from_its_size_and_said(string size, string matrix)
    {
        string input = MediaSources.Make($"unsaid-{size}.mkv", $"-f lavfi -i smptehdbars=size={size}:rate=10:duration=0.5,format=yuv420p,setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown:range=unknown -c:v ffv1");
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(matrix, MediaReport.Text(made.Report.Video, "color_space"));
        Assert.Equal("tv", MediaReport.Text(made.Report.Video, "color_range"));
    }

    [Theory]
    [InlineData("yuv420p10le", "ffv1")]
    [InlineData("yuv422p", "ffv1")]
    [InlineData("yuv444p", "ffv1")]
    [InlineData("yuvj420p", "mjpeg")]
    [InlineData("bgr0", "ffv1")]
    [InlineData("gray", "ffv1")]
    public void Other_sample_forms_are_converted(string format, string codec)
    {
        string input = MediaSources.Make($"form-{format}.mkv", $"-f lavfi -i smptehdbars=size=640x360:rate=10:duration=0.5 -c:v {codec} -pix_fmt {format}");
        Transcoded made = Transcode("360p-h264", input).IsSound(5, 640, 360);
        Assert.Contains("420p", MediaReport.Text(made.Report.Video, "pix_fmt"), StringComparison.Ordinal);
        LooksLike(input, made.Path);
    }

    [Theory]
    [InlineData("smpte2084", "PQ")]
    [InlineData("arib-std-b67", "HLG")]
    public void Hdr_into_eight_bit_is_a_settings_error(string transfer, string name)
    {
        MediaException error = Refused("360p-h264", Hdr(transfer));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hdr_into_ten_bit_is_carried()
    {
        EncodeSettings settings = Scenario("360p-hevc");
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { BitDepth = 10 }] }, Hdr("smpte2084"));
        Assert.Equal("yuv420p10le", MediaReport.Text(made.Report.Video, "pix_fmt"));
        Assert.Equal("smpte2084", MediaReport.Text(made.Report.Video, "color_transfer"));
        Assert.Equal("bt2020nc", MediaReport.Text(made.Report.Video, "color_space"));
    }

    [Fact]
    public void A_source_that_becomes_hdr_on_its_way_is_a_settings_error()
    {
        const string Moving = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -vf format=yuv420p10le,setparams=range=tv";
        const string Encode = "-c:v libx265 -preset ultrafast -x265-params log-level=none";
        string sdr = MediaSources.Make("sdr.hevc", $"{Moving}:colorspace=bt709:color_primaries=bt709:color_trc=bt709 {Encode}");
        string hdr = MediaSources.Make("hlg.hevc", $"{Moving}:colorspace=bt2020nc:color_primaries=bt2020:color_trc=arib-std-b67 {Encode}");
        string both = MediaSources.MakeFrom("sdr-hlg.hevc", sdr + hdr, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(sdr), .. File.ReadAllBytes(hdr)]));
        MediaException error = Refused("360p-h264", both);
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("HLG", error.Message, StringComparison.Ordinal);

        EncodeSettings settings = Scenario("360p-hevc");
        error = Assert.Throws<MediaException>(() => Transcode(settings with { Video = [settings.Video[0] with { BitDepth = 10 }] }, both));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("from SDR to HLG", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tff")]
    [InlineData("bff")]
    public void Fields_between_whole_pictures_are_deinterlaced(string order)
    {
        // Broadcasts change between the two every few pictures.
        const string Encode = "-c:v libx264 -preset ultrafast -crf 15 -pix_fmt yuv420p";
        string fields = MediaSources.Make($"{order}.h264", $"-f lavfi -i testsrc2=size=720x576:rate=50:duration=0.4 -vf interlace=scan={order},setfield={order} {Encode} -x264-params {order}=1");
        string whole = MediaSources.Make("whole.h264", $"-f lavfi -i testsrc2=size=720x576:rate=25:duration=0.4 {Encode}");
        string mixed = MediaSources.MakeFrom(
            $"mixed-{order}.h264", fields + whole, path => File.WriteAllBytes(path, [.. Enumerable.Repeat((byte[])[.. File.ReadAllBytes(whole), .. File.ReadAllBytes(fields)], 3).SelectMany(part => part)]));
        Transcoded made = Transcode("360p25-h264", mixed);
        Assert.InRange(made.Report.Frames, 59, 61);
        Assert.Equal("progressive", MediaReport.Text(made.Report.Video, "field_order"));
        foreach (int frame in (ReadOnlySpan<int>)[15, 35, 55])
        {
            Assert.True(Combing(made.Path, frame) < Combing(mixed, frame) / 2, $"frame {frame}: {Combing(made.Path, frame)} and {Combing(mixed, frame)}");
        }
    }

    [Fact]
    public void Fields_are_deinterlaced()
    {
        string input = MediaSources.Make(
            "fields.vob", "-f lavfi -i testsrc2=size=720x576:rate=50:duration=2 -vf interlace=scan=tff,setfield=tff -c:v mpeg2video -b:v 8M -flags +ildct+ilme -pix_fmt yuv420p");
        Transcoded made = Transcode("360p-h264", input);
        Assert.InRange(made.Report.Frames, 49, 51);
        Assert.Equal("progressive", MediaReport.Text(made.Report.Video, "field_order"));
        Assert.Equal(new Rational(25, 1), made.Result.FrameRate);
        Assert.True(Combing(made.Path) < Combing(input) / 2, $"{Combing(made.Path)} and {Combing(input)}");
    }

    private static string Hdr(string transfer) => MediaSources.Make(
        $"hdr-{transfer}.mkv",
        $"-f lavfi -i testsrc2=size=640x360:rate=10:duration=0.5 -vf format=yuv420p10le,setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer} -c:v ffv1");

    // Compares both as RGB after their own tags, so a wrong matrix or range shows as a shift of colour.
    private static void LooksLike(string expected, string actual)
    {
        byte[] before = MediaSignal.Picture(expected, 2, 16, 9);
        byte[] after = MediaSignal.Picture(actual, 2, 16, 9);
        double difference = before.Zip(after, (a, b) => Math.Abs(a - b)).Average();
        Assert.True(difference < 4, $"the pictures differ by {difference:0.0} on average");
    }

    // How much lines differ from their neighbours more than from the lines after those.
    private static double Combing(string path, int frame = 10)
    {
        const int Width = 320;
        const int Height = 288;
        byte[] grey = MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-vf", $"select=eq(n\\,{frame}),crop=iw:{Height}:0:0,format=gray,scale={Width}:{Height}:flags=neighbor", "-frames:v", "1", "-f", "rawvideo", "-");
        double sum = 0;
        for (int y = 0; y < Height - 2; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                int here = grey[(y * Width) + x];
                int near = Math.Abs(here - grey[((y + 1) * Width) + x]);
                int far = Math.Abs(here - grey[((y + 2) * Width) + x]);
                sum += Math.Max(0, near - far);
            }
        }

        return sum / (Width * Height);
    }
}
