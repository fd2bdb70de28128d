using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>HDR carried in 10 bit and tone-mapped into SDR.</summary>
public sealed class HdrTests : MediaTest
{
    private const string Bt2020 = "setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=";

    // Every signal value from black to the brightest, across the picture.
    private const string Ramp = "-f lavfi -i color=c=black:size=512x128:rate=10:duration=0.3,format=yuv444p10le,geq=lum='64+876*X/(W-1)':cb=512:cr=512,format=yuv420p10le,";

    private static string Hdr10 => MediaSources.Make(
        "hdr10.mp4",
        $"-f lavfi -i testsrc2=size=192x128:rate=10:duration=0.5 -vf format=yuv420p10le,{Bt2020}smpte2084 -c:v libx265 -preset ultrafast -x265-params log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400 -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc");

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.Hevc)]
    [InlineData(VideoCodec.Av1)]
    public void Hdr10_metadata_stand_in_the_bitstream_and_in_the_container(VideoCodec codec)
    {
        Transcoded made = Transcode(Small(codec, video => video with { BitDepth = 10 }), Hdr10);
        foreach (string metadata in (ReadOnlySpan<string>)[Bitstream(made.Path), made.Report.Video.GetRawText()])
        {
            Assert.Contains("Mastering display metadata", metadata, StringComparison.Ordinal);
            Assert.Contains("smpte2084", metadata, StringComparison.Ordinal);
            Assert.Contains("bt2020nc", metadata, StringComparison.Ordinal);
            Assert.Matches("\"max_content\": ?1000", metadata);
            Assert.Matches("\"max_average\": ?400", metadata);
            // 1000 cd/m², in the three fractions that the formats have.
            Assert.Matches("\"max_luminance\": ?\"(10000000/10000|256000/256)\"", metadata);
        }

        Assert.Equal(["clli", "colr", "mdcv"], ((string[])["clli", "colr", "mdcv"]).Where(box => Holds(made.Path, box)));
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("HDR", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.Hevc)]
    [InlineData(VideoCodec.Av1)]
    public void Hlg_is_signalled_in_the_bitstream_and_in_the_container(VideoCodec codec)
    {
        Transcoded made = Transcode(Small(codec, video => video with { BitDepth = 10 }), RampOf("arib-std-b67"));
        Assert.Contains("arib-std-b67", Bitstream(made.Path), StringComparison.Ordinal);
        Assert.Equal("arib-std-b67", MediaReport.Text(made.Report.Video, "color_transfer"));
        Assert.Equal("bt2020", MediaReport.Text(made.Report.Video, "color_primaries"));
    }

    [Theory]
    [InlineData("smpte2084", 10000)]
    [InlineData("arib-std-b67", 1000)]
    public void Tones_are_mapped_without_a_clip_and_as_the_command_line_does(string transfer, int peak)
    {
        string input = RampOf(transfer);
        Transcoded made = Transcode(Small(VideoCodec.H264, video => video with { RateControl = RateControlMode.Crf, Crf = 1 }), input).IsSound(3, 512, 128);
        Assert.Equal("yuv420p", MediaReport.Text(made.Report.Video, "pix_fmt"));
        Assert.Contains(made.Result.Notes, note => note.Contains("tone-mapped", StringComparison.Ordinal));
        foreach (string tag in (ReadOnlySpan<string>)["color_space", "color_transfer", "color_primaries"])
        {
            Assert.Equal("bt709", MediaReport.Text(made.Report.Video, tag));
        }

        double[] columns = Columns(made.Path, "null");
        Assert.Equal(16, columns[0], 1.0);
        Assert.Equal(235, columns[^1], 1.5);
        Assert.True(columns.Zip(columns.Skip(1)).All(pair => pair.Second >= pair.First - 1), "a brighter signal never becomes darker");
        // The upper half of the signal still climbs: nothing is cut off before the end.
        Assert.True(columns.Count(value => value > 233.5) < columns.Length / 8, $"{columns.Count(value => value > 233.5)} columns are white");
        string chain = $"zscale=tin={transfer}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0:peak={(peak / 203.0).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)},zscale=t=bt709:m=bt709:r=tv:d=ordered,format=yuv420p";
        double[] expected = Columns(input, chain);
        Assert.True(columns.Zip(expected, (a, b) => Math.Abs(a - b)).Max() < 1.5, "the command line makes the same of it");
    }

    [Fact]
    public void Reference_white_and_a_grey_card_look_as_they_do_in_sdr()
    {
        // 203 cd/m² and 18 % of it, as PQ values of 10 bit.
        string input = MediaSources.Make("cards.mkv", $"-f lavfi -i color=c=black:size=256x128:rate=10:duration=0.3,format=yuv444p10le,geq=lum='if(lt(X,W/2),573,418)':cb=512:cr=512,format=yuv420p10le,{Bt2020}smpte2084 -c:v ffv1");
        double[] columns = Columns(Transcode(Small(VideoCodec.H264), input).Path, "null");
        Assert.InRange(columns[60], 195, 215);
        Assert.InRange(columns[200], 110, 130);
    }

    [Theory]
    [InlineData("192x128", 128, 86)]
    [InlineData("321x241", 512, 384)]
    [InlineData("193x129", 512, 342)]
    [InlineData("1024x512", 512, 256)]
    public void Tones_are_mapped_in_pictures_of_any_size(string size, int width, int height)
    {
        string input = MediaSources.Make($"hdr-{size}.mkv", $"-f lavfi -i testsrc2=size={size}:rate=10:duration=0.3,format=yuv420p10le,{Bt2020}smpte2084 -c:v ffv1");
        EncodeSettings settings = Small(VideoCodec.H264, video => video with { BoxWidth = width, BoxHeight = height, Upscale = true });
        Transcode(settings, input).IsSound(3, width, height);
    }

    [Theory]
    [InlineData("yuv422p10le")]
    [InlineData("yuv444p12le")]
    [InlineData("gbrp10le")]
    [InlineData("yuva444p10le")]
    public void Tones_are_mapped_in_other_sample_forms(string format)
    {
        string input = MediaSources.Make($"hdr-{format}.mkv", $"{Ramp}format={format},{Bt2020}smpte2084 -c:v ffv1");
        double[] expected = Columns(Transcode(Small(VideoCodec.H264), RampOf("smpte2084")).Path, "null");
        double[] columns = Columns(Transcode(Small(VideoCodec.H264), input).Path, "null");
        Assert.True(columns.Zip(expected, (a, b) => Math.Abs(a - b)).Max() < 4, $"differs by {columns.Zip(expected, (a, b) => Math.Abs(a - b)).Max()}");
    }

    [Fact]
    public void Sdr_in_ten_bit_has_no_hdr_metadata_left()
    {
        Transcoded made = Transcode(Small(VideoCodec.Hevc, video => video with { BitDepth = 10, Hdr = HdrHandling.ToSdr }), Hdr10);
        Assert.Equal("yuv420p10le", MediaReport.Text(made.Report.Video, "pix_fmt"));
        Assert.Equal("bt709", MediaReport.Text(made.Report.Video, "color_transfer"));
        Assert.DoesNotContain("Mastering", Bitstream(made.Path), StringComparison.Ordinal);
        Assert.DoesNotContain("Mastering", made.Report.Video.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("max_content", Bitstream(made.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smpte2084", "PQ")]
    [InlineData("arib-std-b67", "HLG")]
    public void Hdr_that_is_to_be_kept_in_eight_bit_is_a_settings_error(string transfer, string name)
    {
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Small(VideoCodec.H264, video => video with { Hdr = HdrHandling.Keep }), RampOf(transfer)));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_becomes_hdr_on_its_way_is_tone_mapped_into_sdr_and_refused_where_it_would_be_kept()
    {
        const string Moving = "-f lavfi -i testsrc2=size=192x128:rate=25:duration=1 -vf format=yuv420p10le,";
        const string Encode = "-c:v libx265 -preset ultrafast -x265-params log-level=none";
        string sdr = MediaSources.Make("sdr.hevc", $"{Moving}setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709 {Encode}");
        string hdr = MediaSources.Make("hlg.hevc", $"{Moving}{Bt2020}arib-std-b67 {Encode}");
        string both = MediaSources.MakeFrom("sdr-hlg.hevc", sdr + hdr, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(sdr), .. File.ReadAllBytes(hdr)]));
        Transcoded made = Transcode(Small(VideoCodec.H264), both);
        Assert.Contains(made.Result.Notes, note => note.Contains("HLG", StringComparison.Ordinal));
        Assert.Equal("bt709", MediaReport.Text(made.Report.Video, "color_transfer"));

        MediaException error = Assert.Throws<MediaException>(() => Transcode(Small(VideoCodec.Hevc, video => video with { BitDepth = 10 }), both));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("from SDR to HLG", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dynamic_metadata_are_left_out_with_a_note()
    {
        string plain = MediaSources.Make("plain-pq.hevc", $"-f lavfi -i testsrc2=size=192x128:rate=10:duration=0.3 -vf format=yuv420p10le,{Bt2020}smpte2084 -c:v libx265 -preset ultrafast -x265-params log-level=none");
        string input = MediaSources.MakeFrom("hdr10plus.hevc", plain + "1", path => File.WriteAllBytes(path, HdrSources.WithHdr10Plus(File.ReadAllBytes(plain))));
        Assert.Contains("HDR Dynamic Metadata SMPTE2094-40", Frames(input), StringComparison.Ordinal);
        Transcoded made = Transcode(Small(VideoCodec.Hevc, video => video with { BitDepth = 10 }), input);
        Assert.Equal("The HDR10+ dynamic metadata of the picture was left out.", Assert.Single(made.Result.Notes, note => note.Contains("HDR", StringComparison.Ordinal)));
        Assert.DoesNotContain("2094", Bitstream(made.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(10, 0)]
    public void Dolby_vision_that_only_its_own_decoders_show_is_a_settings_error(int profile, int compatibility)
    {
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Small(VideoCodec.Hevc), HdrSources.WithDolbyVision(Hdr10, profile, compatibility)));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains($"Dolby Vision profile {profile}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 6)]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    public void Dolby_vision_with_a_base_layer_is_encoded_as_that(int profile, int compatibility)
    {
        string input = HdrSources.WithDolbyVision(Hdr10, profile, compatibility);
        Assert.Contains("DOVI configuration record", MediaReport.Of(input).Video.GetRawText(), StringComparison.Ordinal);
        Transcoded made = Transcode(Small(VideoCodec.Hevc, video => video with { BitDepth = 10 }), input);
        Assert.Contains(made.Result.Notes, note => note.Contains("Dolby Vision", StringComparison.Ordinal));
        Assert.DoesNotContain("DOVI", made.Report.Video.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("smpte2084", MediaReport.Text(made.Report.Video, "color_transfer"));
    }

    private static EncodeSettings Small(VideoCodec codec, Func<VideoSettings, VideoSettings>? change = null)
    {
        EncodeSettings settings = Scenario($"360p-{codec.ToString().ToLowerInvariant()}");
        VideoSettings video = settings.Video[0] with { Upscale = false };
        return settings with { Video = [change is null ? video : change(video)] };
    }

    private static string RampOf(string transfer) => MediaSources.Make($"ramp-{transfer}.mkv", $"{Ramp}{Bt2020}{transfer} -c:v ffv1");

    // The first frame as the bitstream alone tells it, out of any container.
    private string Bitstream(string path)
    {
        string bare = NewPath($"{Guid.NewGuid():N}.{MediaReport.Text(MediaReport.Of(path).Video, "codec_name") switch { "h264" => "h264", "hevc" => "hevc", _ => "obu" }}");
        MediaTools.RunFFmpeg("-i", path, "-map", "0:v", "-c", "copy", bare);
        return Frames(bare);
    }

    private static string Frames(string path) => Encoding.UTF8.GetString(
        MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-select_streams", "v:0", "-read_intervals", "%+#1", "-show_frames", "-of", "json", path));

    // Means of the columns of the second picture's luma.
    private static double[] Columns(string path, string filter)
    {
        int width = MediaReport.Of(path).Width;
        byte[] luma = MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-vf", $"{filter},select=eq(n\\,1)", "-frames:v", "1", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-");
        int height = luma.Length * 2 / 3 / width;
        return [.. Enumerable.Range(0, width).Select(x => Enumerable.Range(0, height).Average(y => (double)luma[(y * width) + x]))];
    }

    private static bool Holds(string path, string box) => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(box)) > 0;
}
