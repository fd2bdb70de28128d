using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Boxes, rotations and pixel shapes, judged by where four coloured corners end up.</summary>
public sealed class ShapeTests : MediaTest
{
    private const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

    // Red, green in the upper corners, blue, white in the lower ones.
    private const string Corners =
        "-f lavfi -i color=c=black:s=640x360:r=10:d=0.5,drawbox=0:0:320:180:red:fill,drawbox=320:0:320:180:green:fill,drawbox=0:180:320:180:blue:fill,drawbox=320:180:320:180:white:fill";

    [Theory]
    [InlineData(90, "", 360, 640, "greenwhiteredblue")]
    [InlineData(180, "", 640, 360, "whitebluegreenred")]
    [InlineData(270, "", 360, 640, "blueredwhitegreen")]
    [InlineData(0, "-display_hflip", 640, 360, "greenredwhiteblue")]
    [InlineData(0, "-display_vflip", 640, 360, "bluewhiteredgreen")]
    [InlineData(90, "-display_hflip", 360, 640, "whitegreenbluered")]
    [InlineData(270, "-display_hflip", 360, 640, "redbluegreenwhite")]
    public void A_display_matrix_is_applied(int degrees, string flip, int width, int height, string expected)
    {
        string upright = MediaSources.Make("corners.mp4", $"{Corners} {H264}");
        string turned = MediaSources.MakeFrom(
            $"corners{degrees}{flip}.mp4",
            upright,
            path => MediaTools.RunFFmpeg([.. $"-display_rotation {degrees} {flip}".Split(' ', StringSplitOptions.RemoveEmptyEntries), "-i", upright, "-c", "copy", path]));
        IsTurned("360p-h264", turned, width, height, expected);
        IsTurned("360p-hevc", turned, width, height, expected);
        IsTurned("360p-av1", turned, width, height, expected);
        IsTurned("480p-av1", turned, width > height ? 854 : 480, width > height ? 480 : 854, expected);
    }

    [Fact]
    public void A_larger_picture_is_turned_after_it_was_made_smaller()
    {
        string upright = MediaSources.Make("corners-large.mp4", $"{Corners},scale=1280:720 {H264}");
        string turned = MediaSources.MakeFrom(
            "corners-large-flipped.mp4", upright, path => MediaTools.RunFFmpeg("-display_rotation", "0", "-display_vflip", "-i", upright, "-c", "copy", path));
        IsTurned("360p-av1", turned, 640, 360, "bluewhiteredgreen");
    }

    [Fact]
    public void A_turn_that_only_the_bitstream_knows_is_applied()
    {
        string upright = MediaSources.Make("corners.mp4", $"{Corners} {H264}");
        string turned = MediaSources.Make("corners-sei.mp4", $"-i {upright} -c copy -bsf:v h264_metadata=display_orientation=insert:rotate=90");
        IsTurned("360p-h264", turned, 360, 640, "greenwhiteredblue");
    }

    [Theory]
    [InlineData("1920x1080", "1", "360p-h264", 640, 360)]
    [InlineData("1080x720", "1", "360p-h264", 540, 360)]
    [InlineData("720x576", "16/15", "360p-h264", 480, 360)]
    [InlineData("720x576", "64/45", "360p-h264", 640, 360)]
    [InlineData("720x480", "8/9", "480p-h264", 640, 480)]
    [InlineData("1440x1080", "4/3", "360p-h264", 640, 360)]
    [InlineData("360x640", "1", "360p-h264", 360, 640)]
    [InlineData("321x241", "1", "360p-h264", 480, 360)]
    [InlineData("320x180", "1", "360p-h264", 640, 360)]
    [InlineData("1000x100", "1", "360p-h264", 640, 64)]
    [InlineData("500x500", "1", "360p-h264", 360, 360)]
    [InlineData("854x480", "1", "480p-h264", 854, 480)]
    [InlineData("1000x50", "1", "360p-av1", 640, 64)]
    [InlineData("1000x20", "1", "360p-hevc", 640, 16)]
    public void The_picture_fits_the_box_with_square_pixels_and_even_sides(string size, string aspect, string scenario, int width, int height)
    {
        string input = MediaSources.Make($"shape-{size}.mkv", $"-f lavfi -i testsrc2=size={size}:rate=10:duration=0.5,setsar={aspect} -c:v ffv1 -pix_fmt yuv444p");
        Transcode(scenario, input).IsSound(5, width, height);
    }

    [Fact]
    public void Pad_fills_the_box_and_crop_is_filled_by_the_picture()
    {
        string input = MediaSources.Make("square.mp4", $"-f lavfi -i color=c=white:s=360x360:r=10:d=0.5 {H264}");
        Transcoded padded = Transcode(WithFit(Fit.Pad), input).IsSound(5, 640, 360);
        Assert.Equal("blackblackblackblack", CornersOf(padded.Path));
        Transcoded cropped = Transcode(WithFit(Fit.Crop), input).IsSound(5, 640, 360);
        Assert.Equal("whitewhitewhitewhite", CornersOf(cropped.Path));
    }

    [Fact]
    public void Without_upscale_a_small_picture_keeps_its_size()
    {
        EncodeSettings settings = Scenario("360p-h264");
        Transcode(settings with { Video = [settings.Video[0] with { Upscale = false }] }, MediaSources.Clip(size: "320x180", seconds: 1)).IsSound(30, 320, 180);
    }

    [Fact]
    public void A_source_that_changes_size_in_mid_stream_keeps_the_output_whole()
    {
        string first = MediaSources.Make("part1.h264", $"-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 {H264}");
        string second = MediaSources.Make("part2.h264", $"-f lavfi -i testsrc2=size=320x320:rate=25:duration=1 {H264}");
        Transcode("360p25-h264", Joined("both.h264", first, second)).IsSound(50, 640, 360);
    }

    [Fact]
    public void A_source_that_turns_in_mid_stream_keeps_its_shape()
    {
        string wide = MediaSources.Make("turn1.h264", $"-f lavfi -i color=c=white:s=640x360:r=25:d=1 {H264}");
        string high = MediaSources.Make("turn2.h264", $"-f lavfi -i color=c=white:s=360x640:r=25:d=1 {H264}");
        Transcoded made = Transcode("360p25-h264", Joined("turn.h264", wide, high)).IsSound(50, 640, 360);
        Assert.Equal("whitewhitewhitewhite", CornersOf(made.Path));
        Assert.Equal("blackblackblackblack", CornersOf(made.Path, frame: 40));
    }

    [Fact]
    public void A_source_whose_pixels_widen_in_mid_stream_keeps_its_shape()
    {
        string wide = MediaSources.Make("pixels1.h264", $"-f lavfi -i color=c=white:s=720x576:r=25:d=1,setsar=64/45 {H264}");
        string narrow = MediaSources.Make("pixels2.h264", $"-f lavfi -i color=c=white:s=720x576:r=25:d=1,setsar=16/15 {H264}");
        Transcoded made = Transcode("360p25-h264", Joined("pixels.h264", wide, narrow)).IsSound(50, 640, 360);
        Assert.Equal("whitewhitewhitewhite", CornersOf(made.Path));
        Assert.Equal("blackblackblackblack", CornersOf(made.Path, frame: 40));
    }

    private void IsTurned(string scenario, string turned, int width, int height, string expected)
    {
        Transcoded made = Transcode(scenario, turned).IsSound(5, width, height);
        Assert.Equal(expected, CornersOf(made.Path));
        Assert.DoesNotContain("displaymatrix", made.Report.Video.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    private static string Joined(string name, string first, string second) =>
        MediaSources.MakeFrom(name, first + second, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]));

    private static EncodeSettings WithFit(Fit fit)
    {
        EncodeSettings settings = Scenario("360p-h264");
        return settings with { Video = [settings.Video[0] with { Fit = fit }] };
    }

    // The colours at the middles of the four quarters' outer parts, from upper left to lower right.
    private static string CornersOf(string path, int frame = 2)
    {
        byte[] rgb = MediaSignal.Picture(path, frame, 16, 16);
        return string.Concat(Colour(rgb, 1, 1), Colour(rgb, 14, 1), Colour(rgb, 1, 14), Colour(rgb, 14, 14));
    }

    private static string Colour(byte[] rgb, int x, int y)
    {
        ReadOnlySpan<byte> pixel = rgb.AsSpan(((y * 16) + x) * 3, 3);
        return (pixel[0] > 128, pixel[1] > 64, pixel[2] > 128) switch
        {
            (true, true, true) => "white",
            (true, false, false) => "red",
            (false, true, false) => "green",
            (false, false, true) => "blue",
            (false, false, false) => "black",
            _ => $"({pixel[0]},{pixel[1]},{pixel[2]})",
        };
    }
}
