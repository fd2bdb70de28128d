using System.Text;
using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Which of several sound streams is taken: each source has a low tone in the one and a high tone in the other.</summary>
public sealed class StreamChoiceTests : MediaTest
{
    private const double Low = 400;
    private const double High = 2000;
    private const string Tones =
        "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -f lavfi -i sine=frequency=400:sample_rate=48000:duration=1 -f lavfi -i sine=frequency=2000:sample_rate=48000:duration=1 -map 0:v -map 1:a -map 2:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p";

    [Theory]
    [InlineData("default", "0", Low)]
    [InlineData("0", "default", High)]
    public void The_default_sound_is_taken(string first, string second, double expected)
    {
        string input = MediaSources.Make($"default-{first}.mkv", $"{Tones} -c:a flac -disposition:a:0 {first} -disposition:a:1 {second}");
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(expected, Tone(made.Path), 20.0);
        Assert.Contains(made.Result.Notes, note => note.Contains("1 sound", StringComparison.Ordinal));
    }

    [Fact]
    public void A_language_alone_prefers_nothing()
    {
        string input = MediaSources.Make("languages.mp4", $"{Tones} -c:a aac -metadata:s:a:0 language=deu -metadata:s:a:1 language=eng");
        Assert.Equal(Low, Tone(Transcode("360p-h264", input).Path), 20.0);
    }

    [Fact]
    public void Sound_that_nothing_here_decodes_gives_way_to_one_that_is_decoded()
    {
        string both = MediaSources.Make("both.mkv", $"{Tones} -c:a:0 flac -c:a:1 pcm_s16le -disposition:a:0 default -disposition:a:1 0");
        string input = MediaSources.MakeFrom("undecodable.mkv", both, path => File.WriteAllBytes(path, WithoutFlac(both)));
        Assert.Equal(High, Tone(Transcode("360p-h264", input).Path), 20.0);
    }

    [Fact]
    public void Sound_that_nothing_here_decodes_fails_when_it_is_all_there_is()
    {
        string both = MediaSources.Make("flac.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -f lavfi -i sine=sample_rate=48000:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac");
        string input = MediaSources.MakeFrom("undecodable-only.mkv", both, path => File.WriteAllBytes(path, WithoutFlac(both)));
        MediaException error = Refused("360p-h264", input);
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("no decoder for tta", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_that_is_declared_and_never_comes_leaves_a_film_without()
    {
        string input = MediaSources.Make("silent.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -f lavfi -i sine=sample_rate=48000:duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac -bsf:a noise=drop=1");
        Transcoded made = Transcode("360p-h264", input).IsSound(50, 640, 360);
        Assert.False(made.Report.HasAudio);
        Assert.Contains(made.Result.Notes, note => note.Contains("has no sound", StringComparison.Ordinal));
    }

    /// <summary>The file with its FLAC declared as True Audio, which no build of ours decodes.</summary>
    private static byte[] WithoutFlac(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        Encoding.ASCII.GetBytes("A_TTA1").CopyTo(file, file.AsSpan().IndexOf("A_FLAC"u8));
        return file;
    }

    /// <summary>Frequency of a pure tone in hertz, by its zero crossings in the middle half.</summary>
    private static double Tone(string path)
    {
        const int Rate = 48000;
        ReadOnlySpan<short> samples = MediaSignal.Samples(path);
        samples = samples[(samples.Length / 4)..(samples.Length * 3 / 4)];
        int crossings = 0;
        for (int i = 1; i < samples.Length; i++)
        {
            crossings += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
        }

        return crossings * (double)Rate / samples.Length;
    }
}
