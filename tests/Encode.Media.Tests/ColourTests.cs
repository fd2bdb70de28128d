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
    [InlineData("yuv422p10le", "ffv1")]
    [InlineData("yuv444p", "ffv1")]
    [InlineData("yuv444p12le", "ffv1")]
    [InlineData("yuv411p", "ffv1")]
    [InlineData("yuv410p", "ffv1")]
    [InlineData("yuv440p", "ffv1")]
    [InlineData("yuvj420p", "mjpeg")]
    [InlineData("yuvj422p", "mjpeg")]
    [InlineData("yuvj444p", "mjpeg")]
    [InlineData("bgr0", "ffv1")]
    [InlineData("gbrp10le", "ffv1")]
    [InlineData("rgb48le", "ffv1")]
    [InlineData("gray", "ffv1")]
    [InlineData("gray10le", "ffv1")]
    [InlineData("uyvy422", "rawvideo")]
    public void Other_sample_forms_are_converted_to_8_and_10_bit(string format, string codec)
    {
        string input = MediaSources.Make($"form-{format}.mkv", $"-f lavfi -i smptehdbars=size=320x180:rate=10:duration=0.3 -c:v {codec} -pix_fmt {format}");
        foreach (int bits in (ReadOnlySpan<int>)[8, 10])
        {
            Transcoded made = Transcode(Settings("360p-h264", video => video with { BitDepth = bits, Upscale = false }), input).IsSound(3, 320, 180);
            Assert.Equal(bits == 8 ? "yuv420p" : "yuv420p10le", MediaReport.Text(made.Report.Video, "pix_fmt").Replace("yuvj", "yuv", StringComparison.Ordinal));
            LooksLike(input, made.Path);
        }
    }

    [Theory]
    [InlineData("tv", 8, 8)]
    [InlineData("tv", 8, 10)]
    [InlineData("tv", 10, 8)]
    [InlineData("pc", 8, 8)]
    [InlineData("pc", 8, 10)]
    [InlineData("pc", 10, 8)]
    [InlineData("pc", 10, 10)]
    public void Black_and_white_keep_their_range_through_every_depth(string range, int from, int to)
    {
        (int black, int white) = range == "tv" ? (16, 235) : (0, 255);
        int scale = from == 10 ? 4 : 1;
        int top = range == "pc" && from == 10 ? 1023 : white * scale;
        string input = MediaSources.Make(
            $"range-{range}-{from}.mkv",
            $"-f lavfi -i color=c=black:size=320x180:rate=10:duration=0.3,format=yuv444p{(from == 10 ? "10le" : string.Empty)},geq=lum='if(lt(X,W/2),{black * scale},{top})':cb={128 * scale}:cr={128 * scale},format=yuv420p{(from == 10 ? "10le" : string.Empty)},setparams=range={range}:colorspace=bt709:color_primaries=bt709:color_trc=bt709 -c:v ffv1 -color_range {range}");
        foreach (string codec in (ReadOnlySpan<string>)["h264", "hevc", "av1"])
        {
            // The second size takes the way through the scaler.
            foreach (int box in (ReadOnlySpan<int>)[320, 256])
            {
                Transcoded made = Transcode(Settings($"360p-{codec}", video => video with { BitDepth = to, BoxWidth = box, RateControl = RateControlMode.Crf, Crf = 10 }), input);
                Assert.Equal(range, MediaReport.Text(made.Report.Video, "color_range"));
                (double low, double high) = Ends(made.Path);
                double full = to == 10 ? 4 : 1;
                Assert.Equal(black * full, low, 1.5 * full);
                Assert.Equal(range == "pc" && to == 10 ? 1023 : white * full, high, 1.5 * full);
            }
        }
    }

    [Theory]
    [InlineData("bt2020nc", "bt2020", "bt2020-10")]
    [InlineData("smpte240m", "smpte240m", "smpte240m")]
    public void Colours_beyond_hd_are_carried_into_ten_bit(string matrix, string primaries, string transfer)
    {
        string input = MediaSources.Make($"wide-{matrix}.mkv", $"-f lavfi -i smptehdbars=size=320x180:rate=10:duration=0.3,format=yuv420p,setparams=range=tv:colorspace={matrix}:color_primaries={primaries}:color_trc={transfer} -c:v ffv1");
        foreach (string codec in (ReadOnlySpan<string>)["h264", "hevc", "av1"])
        {
            Transcoded made = Transcode(Settings($"360p-{codec}", video => video with { BitDepth = 10 }), input).IsSound(3, 640, 360);
            Assert.Equal((matrix, primaries, transfer), (MediaReport.Text(made.Report.Video, "color_space"), MediaReport.Text(made.Report.Video, "color_primaries"), MediaReport.Text(made.Report.Video, "color_transfer")));
            LooksLike(input, made.Path);
        }
    }

    [Theory]
    [InlineData("320x180")]
    [InlineData("1280x720")]
    public void A_palette_holds_rgb(string size)
    {
        string input = MediaSources.MakeFrom($"palette-{size}.avi", "four colours", path =>
        {
            int[] sides = [.. size.Split('x').Select(side => int.Parse(side, System.Globalization.CultureInfo.InvariantCulture))];
            byte[] indices = [.. Enumerable.Range(0, sides[0] * sides[1]).Select(at => (byte)(at % sides[0] * 4 / sides[0]))];
            // Blue, green, red and what is not seen of each colour; then colours that nothing has.
            byte[] palette = [0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255, .. new byte[252 * 4]];
            string raw = NewPath("palette.raw");
            File.WriteAllBytes(raw, [.. Enumerable.Repeat((byte[])[.. indices, .. palette], 3).SelectMany(frame => frame)]);
            MediaTools.RunFFmpeg("-f", "rawvideo", "-pix_fmt", "pal8", "-s", size, "-r", "10", "-i", raw, "-c:v", "rawvideo", "-pix_fmt", "pal8", path);
        });
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(("bt709", "tv"), (MediaReport.Text(made.Report.Video, "color_space"), MediaReport.Text(made.Report.Video, "color_range")));
        LooksLike(input, made.Path);
    }

    [Theory]
    [InlineData("bt2020c", Fit.Pad)]
    [InlineData("ycgco", Fit.Pad)]
    [InlineData("ycgco", Fit.Contain)]
    [InlineData("ictcp", Fit.Crop)]
    public void A_matrix_that_nothing_here_converts_is_carried_through_every_filter(string matrix, Fit fit)
    {
        string input = MediaSources.Make($"matrix-{matrix}.mkv", $"-f lavfi -i testsrc2=size=320x240:rate=10:duration=0.3,format=yuv420p10le,setparams=colorspace={matrix}:range=tv:color_primaries=bt2020:color_trc=bt2020-10 -c:v ffv1");
        Transcoded made = Transcode(Settings("360p-hevc", video => video with { BitDepth = 10, Fit = fit, BoxWidth = 320, BoxHeight = 180 }), input);
        Assert.Equal(matrix, MediaReport.Text(made.Report.Video, "color_space"));
    }

    [Theory]
    [InlineData("yuva420p")]
    [InlineData("yuva444p10le")]
    [InlineData("bgra")]
    [InlineData("gbrap12le")]
    public void What_is_seen_through_is_laid_over_black(string format)
    {
        // White: whole on the left, half in the middle, nothing on the right.
        // Drawn in 12 bit where that is asked for: swscale makes it of 8 bit without shifting the samples.
        (string drawn, int white) = format == "gbrap12le" ? (format, 4095) : ("rgba", 255);
        string input = MediaSources.Make(
            $"alpha-{format}.mkv",
            $"-f lavfi -i color=c=white:size=320x180:rate=10:duration=0.3,format={drawn},geq=r={white}:g={white}:b={white}:a='if(lt(X,W/3),{white},if(lt(X,2*W/3),{(white / 2) + 1},0))',format={format} -c:v ffv1");
        Transcoded made = Transcode(Settings("360p-h264", video => video with { Upscale = false }), input).IsSound(3, 320, 180);
        byte[] seen = MediaSignal.Picture(made.Path, 1, 3, 1);
        Assert.InRange(seen[1], 245, 255);
        Assert.InRange(seen[4], 120, 136);
        Assert.InRange(seen[7], 0, 4);
        Assert.Equal(16, Ends(made.Path).High, 1.5);
        Assert.Contains(made.Result.Notes, note => note.Contains("black", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("h264", "topleft", "topleft")]
    [InlineData("hevc", "topleft", "topleft")]
    [InlineData("hevc", "center", "center")]
    [InlineData("av1", "topleft", "topleft")]
    [InlineData("av1", "center", "left")]
    public void Chroma_stands_where_the_output_says(string codec, string said, string carried)
    {
        string input = MediaSources.Make($"chroma-{said}.mp4", $"-f lavfi -i testsrc2=size=320x180:rate=10:duration=0.3,format=yuv420p -c:v libx264 -preset ultrafast -crf 5 -bsf:v h264_metadata=chroma_sample_loc_type={(said == "center" ? 1 : 2)}");
        Transcoded made = Transcode($"360p-{codec}", input);
        Assert.Equal(carried, MediaReport.Text(made.Report.Video, "chroma_location"));
        LooksLike(input, made.Path);
    }

    private static EncodeSettings Settings(string scenario, Func<VideoSettings, VideoSettings> change)
    {
        EncodeSettings settings = Scenario(scenario);
        return settings with { Video = [change(settings.Video[0])] };
    }

    // The luma near the left and the right edge of the second picture, as it is stored.
    private static (double Low, double High) Ends(string path)
    {
        MediaReport report = MediaReport.Of(path);
        bool isDeep = MediaReport.Text(report.Video, "pix_fmt").EndsWith("10le", StringComparison.Ordinal);
        byte[] raw = MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-vf", "select=eq(n\\,1)", "-frames:v", "1", "-f", "rawvideo", "-");
        double At(int x, int y)
        {
            int sample = (y * report.Width) + x;
            return isDeep ? raw[sample * 2] + (raw[(sample * 2) + 1] << 8) : raw[sample];
        }

        return (At(report.Width / 8, report.Height / 2), At(report.Width * 7 / 8, report.Height / 2));
    }

    // Compares both as RGB after their own tags, so a wrong matrix or range shows as a shift of colour.
    private static void LooksLike(string expected, string actual)
    {
        byte[] before = MediaSignal.Picture(expected, 2, 16, 9);
        byte[] after = MediaSignal.Picture(actual, 2, 16, 9);
        double difference = before.Zip(after, (a, b) => Math.Abs(a - b)).Average();
        Assert.True(difference < 4, $"the pictures differ by {difference:0.0} on average");
    }
}
