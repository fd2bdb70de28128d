using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What becomes of fields, judged by how combed the pictures are and by how often they move.</summary>
public sealed class InterlaceTests : MediaTest
{
    // A bar that moves by 8 pixels a field.
    private const string Fields = "-f lavfi -i color=c=black:s=1500x576:r=50:d=1,drawbox=x=700:y=0:w=64:h=ih:c=white:t=fill,crop=720:576:700-n*8:0";

    [Theory]
    [InlineData("tff", "50", 50, 50)]
    [InlineData("bff", "50", 50, 50)]
    [InlineData("tff", "60", 60, 50)]
    [InlineData("tff", "25", 25, 25)]
    [InlineData("tff", "", 25, 25)]
    [InlineData("tff", "30", 30, 25)]
    public void A_rate_of_at_least_the_field_rate_shows_each_field(string order, string rate, int frames, int positions)
    {
        Transcoded made = Transcode($"360p{rate}-h264", Interlaced(order));
        Assert.InRange(made.Report.Frames, frames - 1, frames + 1);
        double[] bar = BarPositions(made.Path);
        double[] moved = [.. bar.Zip(bar.Skip(1), (before, after) => after - before)];
        Assert.True(moved.All(step => step > -0.7), "the bar never moves back, so the fields are in their order");
        Assert.InRange(1 + moved.Count(step => step > 1), positions - 2, positions + 1);
        // Fifty fields of a second move it by 8 pixels each, of 720.
        double way = (bar.Length - 4) * 50.0 / frames * 8 * made.Report.Width / 720;
        Assert.InRange(bar[^2] - bar[2], way - 10, way + 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fields_that_are_left_stay_combed(bool scales)
    {
        EncodeSettings settings = Scenario("360p50-h264");
        settings = settings with
        {
            Video = [settings.Video[0] with { Deinterlace = Deinterlacing.Off, BoxWidth = scales ? 640 : 1024, BoxHeight = scales ? 480 : 576, RateControl = RateControlMode.Crf, Crf = 10 }],
        };
        string input = Interlaced("tff");
        Transcoded made = Transcode(settings, input);
        Assert.Equal("progressive", MediaReport.Text(made.Report.Video, "field_order"));
        Assert.True(Combing(made.Path) > Combing(input) / 2, $"{Combing(made.Path)} and {Combing(input)}");
    }

    [Fact]
    public void Fields_that_are_left_stay_combed_behind_a_whole_picture_of_another_size()
    {
        const string Encode = "-c:v libx264 -preset ultrafast -crf 15 -pix_fmt yuv420p";
        string Fields(int width) => MediaSources.Make($"fields-{width}.h264", $"-f lavfi -i testsrc2=size={width}x576:rate=50:duration=0.4 -vf interlace=scan=tff:lowpass=off,setfield=tff {Encode} -x264-params tff=1");
        string[] parts = [Fields(720), MediaSources.Make("whole-704.h264", $"-f lavfi -i testsrc2=size=704x576:rate=25:duration=0.4 {Encode}"), Fields(704)];
        string mixed = MediaSources.MakeFrom("three-parts.h264", string.Concat(parts), path => File.WriteAllBytes(path, [.. parts.SelectMany(File.ReadAllBytes)]));
        EncodeSettings settings = Scenario("360p25-h264");
        settings = settings with { Video = [settings.Video[0] with { Deinterlace = Deinterlacing.Off, BoxWidth = 640, BoxHeight = 480, RateControl = RateControlMode.Crf, Crf = 10 }] };
        Transcoded made = Transcode(settings, mixed);
        Assert.True(Combing(made.Path, 25) > Combing(parts[2], 5) / 2, $"{Combing(made.Path, 25)} and {Combing(parts[2], 5)}");
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
    public void Fields_become_whole_pictures()
    {
        string input = MediaSources.Make(
            "fields.vob", "-f lavfi -i testsrc2=size=720x576:rate=50:duration=2 -vf interlace=scan=tff,setfield=tff -c:v mpeg2video -b:v 8M -flags +ildct+ilme -pix_fmt yuv420p");
        Transcoded made = Transcode("360p-h264", input);
        Assert.InRange(made.Report.Frames, 49, 51);
        Assert.Equal("progressive", MediaReport.Text(made.Report.Video, "field_order"));
        Assert.Equal(new Rational(25, 1), made.Result.FrameRate);
        Assert.True(Combing(made.Path) < Combing(input) / 2, $"{Combing(made.Path)} and {Combing(input)}");
    }

    private static string Interlaced(string order) => MediaSources.Make(
        $"bar-{order}.mkv", $"{Fields} -vf format=yuv420p,interlace=scan={order}:lowpass=off,setfield={order} -c:v libx264 -preset ultrafast -crf 5 -x264-params {order}=1");

    // Where the middle of the white bar stands in each picture, in pixels.
    private static double[] BarPositions(string path)
    {
        int width = MediaReport.Of(path).Width;
        byte[] lines = MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-vf", $"scale={width}:1:flags=area,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "-");
        return
        [
            .. Enumerable.Range(0, lines.Length / width).Select(frame =>
            {
                double weight = 0;
                double sum = 0;
                for (int x = 0; x < width; x++)
                {
                    int light = Math.Max(0, lines[(frame * width) + x] - 20);
                    weight += light;
                    sum += light * x;
                }

                return sum / Math.Max(1, weight);
            }),
        ];
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
