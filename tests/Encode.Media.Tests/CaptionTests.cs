using Encode.Contracts.Scenarios;
using Encode.TestKit;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>Captions that travel in the picture (ATSC A/53 part 4).</summary>
public sealed unsafe class CaptionTests : MediaTest
{
    private const int Seconds = 2;

    [Theory]
    [InlineData(24, "360p24-h264")]
    [InlineData(24, "360p60-h264")]
    [InlineData(60, "360p24-h264")]
    [InlineData(60, "360p30-h264")]
    [InlineData(24, "360p24-hevc")]
    [InlineData(60, "360p24-hevc")]
    [InlineData(24, "360p-h264")]
    public void Every_caption_comes_once_and_in_order(int rate, string scenario)
    {
        Transcoded made = Transcode(scenario, Source(rate));
        Assert.Equal(Enumerable.Range(0, Seconds * rate), Captions(made.Path, out int most));
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("aption", StringComparison.Ordinal));
        // What a picture has room for at its rate (CTA-708, section 4.3.6.1).
        Assert.InRange(most, 1, (int)Math.Round(600 / made.Result.FrameRate.Value));
    }

    [Theory]
    [InlineData("360p60-h264")]
    [InlineData("360p30-h264")]
    [InlineData("360p24-h264")]
    public void A_caption_of_two_fields_comes_once(string scenario)
    {
        Transcoded made = Transcode(scenario, Source(30, fields: true));
        Assert.Equal(Enumerable.Range(0, Seconds * 30), Captions(made.Path, out _));
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("aption", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("360p60-h264")]
    [InlineData("360p30-h264")]
    [InlineData("360p24-h264")]
    [InlineData("360p-h264")]
    public void What_was_said_before_the_part_is_not_said_in_it(string scenario)
    {
        Transcoded made = Transcode(Scenario(scenario) with { InputStart = 1 }, Source(30));
        Assert.Equal(Enumerable.Range(30, 30), Captions(made.Path, out _));
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("aption", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(30, 60)]
    [InlineData(60, 30)]
    [InlineData(30, 24)]
    [InlineData(30, 30)]
    public void An_encode_that_goes_on_says_nothing_twice(int rate, int outputRate)
    {
        string source = Source(rate);
        EncodeSettings settings = Scenario("360p-h264");
        settings = settings with { Audio = [], Video = [settings.Video[0] with { FrameRate = new(outputRate, 1), GopSeconds = 0.5, Preset = "superfast", Tune = "fastdecode" }] };
        using KeptEncode kept = new(settings);
        kept.Interrupt(source, 0.7, cut: 0.5);
        kept.GoOn(source);
        Assert.Equal(Enumerable.Range(0, Seconds * rate), Captions(kept.Paths[0], out _));
    }

    [Fact]
    public void A_caption_is_not_shown_again_with_a_picture_that_fills_a_gap()
    {
        // Every eighth time there is no picture, so the one before is shown twice.
        Transcoded made = Transcode("360p24-h264", Source(24, "N+floor(N/7)"));
        Assert.Equal(Seconds * 24 * 8 / 7, made.Result.Frames, 1.0);
        Assert.Equal(Enumerable.Range(0, Seconds * 24), Captions(made.Path, out _));
    }

    [Fact]
    public void A_codec_that_carries_no_captions_is_told()
    {
        EncodeSettings settings = Scenario("360p24-av1");
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { Preset = "12" }] }, Source(24));
        Assert.Contains("The captions of the picture were left out of v0: encoder libsvtav1 does not write them.", made.Result.Notes);
    }

    /// <summary>A transport stream whose every picture has a caption that tells its number.</summary>
    /// <param name="rate">Pictures a second.</param>
    /// <param name="times">When picture N is shown, counted in pictures.</param>
    /// <param name="fields">Whether each is made of two fields.</param>
    private static string Source(int rate, string times = "N", bool fields = false)
    {
        string picture = fields
            ? $"testsrc2=size=640x360:rate={2 * rate}:duration={Seconds} -vf interlace=scan=tff,setfield=tff -flags +ildct+ilme"
            : $"testsrc2=size=640x360:rate={rate}:duration={Seconds}";
        string plain = MediaSources.Make($"plain-{rate}.m2v", $"-f lavfi -i {picture} -c:v mpeg2video -b:v 2M");
        string captioned = MediaSources.MakeFrom($"numbered-{rate}.m2v", "captions into " + plain, path => File.WriteAllBytes(path, WithCaptions(File.ReadAllBytes(plain))));
        return MediaSources.MakeFrom($"numbered-{rate}.ts", $"{captioned} at {times}", path => MediaTools.RunFFmpeg("-i", captioned, "-c", "copy", "-bsf:v", $"setts=ts={times}:duration=1:time_base=1/{rate}", path));
    }

    /// <summary>Puts user data before the first slice of each picture: start code, identifier, type, one pair, its kind (field 1), its bytes.</summary>
    private static byte[] WithCaptions(ReadOnlySpan<byte> stream)
    {
        ReadOnlySpan<byte> firstSlice = [0, 0, 1, 1];
        var made = new MemoryStream();
        int number = 0;
        for (int at; (at = stream.IndexOf(firstSlice)) >= 0; stream = stream[(at + firstSlice.Length)..], number++)
        {
            made.Write(stream[..at]);
            made.Write([0, 0, 1, 0xB2, (byte)'G', (byte)'A', (byte)'9', (byte)'4', 3, 0x41, 0xFF, 0xFC, (byte)(0x20 + (number / 64)), (byte)(0x20 + (number % 64)), 0xFF]);
            made.Write(firstSlice);
        }

        made.Write(stream);
        return made.ToArray();
    }

    /// <summary>Numbers of the captions in the order in which pictures are shown, padding left out.</summary>
    private static List<int> Captions(string path, out int most)
    {
        List<int> numbers = [];
        int longest = 0;
        DecodedClip.Visit(path, 1, frame =>
        {
            AVFrameSideData* data = ffmpeg.av_frame_get_side_data(frame.Native, AVFrameSideDataType.AV_FRAME_DATA_A53_CC);
            ReadOnlySpan<byte> bytes = data is null ? [] : new ReadOnlySpan<byte>(data->data, (int)data->size);
            longest = Math.Max(longest, bytes.Length / 3);
            for (; bytes.Length >= 3; bytes = bytes[3..])
            {
                if ((bytes[0] & 4) != 0)
                {
                    numbers.Add(((bytes[1] - 0x20) * 64) + bytes[2] - 0x20);
                }
            }
        });
        most = longest;
        return numbers;
    }
}
