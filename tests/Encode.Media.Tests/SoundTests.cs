using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

public sealed class SoundTests : MediaTest
{
    private const string Picture = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2";
    private const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

    [Theory]
    [InlineData("mono", 1)]
    [InlineData("stereo", 2)]
    [InlineData("5.1", 2)]
    [InlineData("7.1", 2)]
    public void Up_to_two_channels_are_kept_and_more_are_mixed_down(string layout, int channels)
    {
        string input = MediaSources.Make($"sound-{layout}.mkv", $"{Picture} -f lavfi -i aevalsrc=exprs='{string.Join('|', Enumerable.Repeat("0.5*sin(2*PI*440*t)", ChannelsOf(layout)))}':c={layout}:s=48000:d=2 {H264} -c:a flac");
        Transcoded made = Transcode("360p-h264", input).IsSound(50, 640, 360);
        Assert.Equal(channels, made.Report.Audio.GetProperty("channels").GetInt32());
        Assert.True(Loudness(made.Path) > 3000, "the sound is there");
    }

    [Theory]
    [InlineData("44100", "44100")]
    [InlineData("32000", "32000")]
    [InlineData("11025", "11025")]
    [InlineData("37800", "48000")]
    [InlineData("192000", "48000")]
    public void Rates_that_aac_has_are_kept(string source, string expected)
    {
        string input = MediaSources.Make($"rate-{source}.mkv", $"{Picture} -f lavfi -i sine=sample_rate={source}:duration=2 {H264} -c:a flac");
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(expected, MediaReport.Text(made.Report.Audio, "sample_rate"));
        Assert.Equal(2, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(4, 50)]
    public void Sound_shorter_or_longer_than_the_picture_keeps_its_length(int seconds, int frames)
    {
        string input = MediaSources.Make($"length-{seconds}.mp4", $"{Picture} -f lavfi -i sine=sample_rate=48000:duration={seconds} {H264} -c:a aac");
        Transcoded made = Transcode("360p-h264", input).IsSound(frames, 640, 360);
        Assert.Equal(seconds, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
        Assert.Equal(2, MediaReport.Seconds(made.Report.Video, "duration"), 0.001);
    }

    [Fact]
    public void The_encoder_padding_of_an_mp4_is_no_sound()
    {
        string input = MediaSources.Make("padded.mp4", $"{Picture} -f lavfi -i sine=sample_rate=48000:duration=2 {H264} -c:a aac");
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(2, made.Result.DurationSeconds, 0.0001);
        Assert.Equal(2, MediaReport.Seconds(made.Report.Audio, "duration"), 0.0001);
    }

    [Fact]
    public void Sound_that_starts_late_is_preceded_by_silence()
    {
        string input = MediaSources.Make("late-sound.mkv", $"{Picture} -itsoffset 1 -f lavfi -i sine=frequency=1000:sample_rate=48000:duration=1 {H264} -c:a flac");
        Transcoded made = Transcode("360p-h264", input);
        Assert.Equal(0, MediaReport.Seconds(made.Report.Audio, "start_time"), 0.001);
        Assert.Equal(1, Assert.Single(MediaSignal.Beeps(made.Path)), 0.02);
    }

    [Fact]
    public void Sound_that_starts_minutes_late_needs_no_more_memory()
    {
        const int Late = 200;
        string tone = string.Join('|', Enumerable.Repeat("0.5*sin(2*PI*1000*t)", 8));
        string input = MediaSources.Make($"{Late}-late-sound.mkv", $"{Picture} -itsoffset {Late} -f lavfi -i aevalsrc=exprs='{tone}':c=7.1:s=48000:d=1 {H264} -c:a flac");
        Transcode("360p-h264", MediaSources.Clip());
        long before = PeakMemory.Restart();
        Transcoded made = Transcode("360p-h264", input);
        Assert.InRange(PeakMemory.Now() - before, long.MinValue, 100_000_000);
        Assert.Equal(Late + 1, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
        Assert.Equal(Late, Assert.Single(MediaSignal.Beeps(made.Path)), 0.03);
    }

    [Fact]
    public void A_gap_in_the_sound_is_silence_of_its_length()
    {
        string input = MediaSources.Make("gap.mkv", $"{Picture} -f lavfi -i sine=frequency=1000:sample_rate=48000:duration=2,aselect='not(between(t,0.5,1.2))' {H264} -c:a pcm_s16le");
        double[] beeps = [.. MediaSignal.Beeps(Transcode("360p-h264", input).Path)];
        Assert.Equal(2, beeps.Length);
        Assert.Equal(1.2, beeps[1], 0.03);
    }

    [Fact]
    public void Sound_that_starts_hours_late_is_a_broken_clock()
    {
        string input = MediaSources.Make("hours-late.mkv", $"{Picture} -itsoffset 4000 -f lavfi -i sine=sample_rate=8000:duration=1 {H264} -c:a flac");
        MediaException error = Refused("360p-h264", input);
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("timestamps jump", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_that_changes_its_form_in_mid_stream_goes_on()
    {
        string first = MediaSources.Make("change1.ts", $"{Picture} -f lavfi -i sine=sample_rate=48000:duration=2 {H264} -c:a mp2 -ac 2");
        string second = MediaSources.Make("change2.ts", $"{Picture} -f lavfi -i sine=sample_rate=32000:duration=2 {H264} -c:a mp2 -ac 1 -output_ts_offset 2");
        string both = MediaSources.MakeFrom("change.ts", first + second, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]));
        Transcoded made = Transcode("360p25-h264", both);
        Assert.InRange(made.Report.Frames, 98, 102);
        Assert.InRange(MediaReport.Seconds(made.Report.Audio, "duration"), 3.8, 4.1);
    }

    [Fact]
    public void Sound_that_changes_its_rate_in_mid_stream_stays_in_sync()
    {
        // The first part is longer than what is looked at to find out what the input holds, so that the change comes as a surprise.
        string first = MediaSources.FlashAndBeep("rates1.ts", "25", 7, $"{H264} -c:a mp2 -muxdelay 0");
        string second = MediaSources.FlashAndBeep("rates2.ts", "25", 3, $"{H264} -c:a mp2 -ar 32000 -muxdelay 0 -output_ts_offset 7");
        string both = MediaSources.MakeFrom("rates.ts", first + second, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]));
        Transcoded made = Transcode("360p25-h264", both);
        Assert.Equal("48000", MediaReport.Text(made.Report.Audio, "sample_rate"));
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        Assert.Equal(10, beeps.Length);
        Assert.Equal(10, flashes.Length);
        for (int i = 0; i < beeps.Length; i++)
        {
            Assert.Equal(flashes[i], beeps[i], 0.021);
        }
    }

    private static int ChannelsOf(string layout) => layout switch
    {
        "mono" => 1,
        "stereo" => 2,
        "5.1" => 6,
        _ => 8,
    };

    private static double Loudness(string path)
    {
        double peak = 0;
        foreach (short sample in MediaSignal.Samples(path))
        {
            peak = Math.Max(peak, Math.Abs((double)sample));
        }

        return peak;
    }

    [Fact]
    public void Loudness_is_brought_to_its_target_without_losing_what_is_quiet()
    {
        // Speech-like noise, ten seconds quiet and ten seconds 12 dB louder.
        string input = MediaSources.Make("loudness.mkv", "-f lavfi -i testsrc2=size=320x180:rate=10:duration=20 -f lavfi -i aevalsrc=exprs='(random(0)*2-1)*0.4*if(lt(t,10),0.25,1)':s=48000:d=20 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac");
        EncodeSettings settings = Scenario("360p-h264") with { Audio = [new AudioSettings { Loudness = -23, Bitrate = 256_000 }] };
        Transcoded made = Transcode(settings, input);
        Assert.Equal(20, MediaReport.Seconds(made.Report.Audio, "duration"), 0.1);
        Assert.InRange(LevelOf(made.Path, 12, 19) - LevelOf(made.Path, 5, 9), 3, 14);
        Assert.InRange(LevelOf(made.Path, 12, 19), -32, -16);
        // A step from one half second to the next would be heard as pumping.
        double[] levels = [.. Enumerable.Range(24, 12).Select(half => LevelOf(made.Path, half / 2.0, (half + 1) / 2.0))];
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.Equal(pair.First, pair.Second, 2.0));
    }

    [Theory]
    [InlineData("silent", "anullsrc=r=48000:cl=stereo", -100)]
    [InlineData("nearly silent", "anoisesrc=a=0.0001:r=48000:d=2", -60)]
    public void What_is_next_to_silence_stays_so_however_short_it_is(string name, string sound, double most)
    {
        string input = MediaSources.Make($"{name.Replace(' ', '-')}.mkv", $"-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -f lavfi -i {sound} -t 2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac");
        Transcoded made = Transcode(Scenario("360p-h264") with { Audio = [new AudioSettings { Loudness = -23 }] }, input);
        Assert.Equal(2, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
        Assert.InRange(LevelOf(made.Path, 0.2, 1.8), double.NegativeInfinity, most);
    }

    [Theory]
    [InlineData("0.7")]
    [InlineData("2")]
    [InlineData("3")]
    [InlineData("5")]
    public void Loudness_of_a_short_track_is_the_target_too(string seconds)
    {
        string input = MediaSources.Make($"loud-{seconds}.mkv", $"-f lavfi -i testsrc2=size=320x180:rate=25:duration={seconds} -f lavfi -i aevalsrc=exprs='0.5*sin(2*PI*440*t)':s=48000:d={seconds} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac");
        Transcoded made = Transcode(Scenario("360p-h264") with { Audio = [new AudioSettings { Loudness = -23, Bitrate = 256_000 }] }, input);
        Assert.Equal(-23, Integrated(made.Path), 1.0);
    }

    [Fact]
    public void Loudness_is_that_of_what_is_heard_after_the_downmix()
    {
        // The same in all channels: mixed, it is much louder than each.
        string tone = "0.3*sin(2*PI*440*t)";
        string input = MediaSources.Make("loud-5.1.mkv", $"-f lavfi -i testsrc2=size=320x180:rate=10:duration=10 -f lavfi -i aevalsrc=exprs='{tone}|{tone}|{tone}|0|{tone}|{tone}':c=5.1:s=48000:d=10 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac");
        Transcoded made = Transcode(Scenario("360p-h264") with { Audio = [new AudioSettings { Loudness = -23, Bitrate = 256_000 }] }, input);
        Assert.Equal(2, made.Report.Audio.GetProperty("channels").GetInt32());
        Assert.Equal(-23, Integrated(made.Path), 1.0);
    }

    [Fact]
    public void Loudness_is_measured_over_gaps_and_not_anew_behind_each()
    {
        string input = MediaSources.Make(
            "loud-gap.mkv",
            "-f lavfi -i testsrc2=size=320x180:rate=10:duration=10 -f lavfi -i aevalsrc=exprs='0.4*if(lt(t,5),1,0.05)*sin(2*PI*440*t)':s=48000:d=10 -af aselect='not(between(t,4.9,5.6))' -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le");
        Transcoded made = Transcode(Scenario("360p-h264") with { Audio = [new AudioSettings { Loudness = -23, Bitrate = 256_000 }] }, input);
        Assert.Equal(10, MediaReport.Seconds(made.Report.Audio, "duration"), 0.05);
        Assert.InRange(LevelOf(made.Path, 2, 4.5) - LevelOf(made.Path, 5.7, 6.7), 10, 30);
    }

    [Theory]
    [InlineData(AudioCodec.Aac, "FL", 1, null, "mono")]
    [InlineData(AudioCodec.Aac, "downmix", 2, null, "stereo")]
    [InlineData(AudioCodec.Opus, "5.1(side)", 6, 6, "5.1")]
    [InlineData(AudioCodec.Aac, "5.1(side)", 6, 6, "5.1")]
    [InlineData(AudioCodec.Opus, "5.1", 6, 3, "3.0")]
    [InlineData(AudioCodec.Opus, "5.1", 6, 4, "quad")]
    [InlineData(AudioCodec.Aac, "stereo", 2, 8, "7.1")]
    [InlineData(AudioCodec.Opus, "stereo", 2, 7, "6.1")]
    public void Channels_are_those_that_the_encoder_has(AudioCodec codec, string layout, int channels, int? wanted, string expected)
    {
        string input = MediaSources.Make(
            $"channels-{layout}.mov", $"{Picture} -f lavfi -i aevalsrc=exprs='{string.Join('|', Enumerable.Repeat("0.2*sin(2*PI*440*t)", channels))}':c={layout}:s=48000:d=2 {H264} -c:a pcm_s16le");
        EncodeSettings settings = Scenario("360p-h264") with { Audio = [new AudioSettings { Codec = codec, Channels = wanted, Bitrate = 256_000 }], Outputs = [new OutputSettings { Container = Container.Mkv }] };
        (_, IReadOnlyList<string> paths) = TranscodeAll(settings, input);
        MediaReport report = MediaReport.Of(paths[0]);
        Assert.Equal(expected, MediaReport.Text(report.Audio, "channel_layout"));
        Assert.True(Loudness(paths[0]) > 500, "the sound is there");
    }

    [Theory]
    [InlineData(8000)]
    [InlineData(11025)]
    [InlineData(16000)]
    public void Slow_sound_fills_a_transport_stream_as_it_fills_other_files(int rate)
    {
        // At 8000 Hz a little more than sixteen packets, so the last one is nearly all filling.
        string input = MediaSources.Make($"slow-{rate}.mkv", $"{Picture} -f lavfi -i sine=sample_rate={rate}:duration=2.06 {H264} -c:a pcm_s16le");
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Scenario("360p-h264") with { Outputs = [new OutputSettings { Container = Container.Ts }] }, input);
        Assert.Equal($"{rate}", MediaReport.Text(MediaReport.Of(paths[0]).Audio, "sample_rate"));
        Assert.Equal(2, result.DurationSeconds, 0.1);
    }

    // Integrated loudness in LUFS (EBU R 128), by libavfilter's own meter.
    private static double Integrated(string path)
    {
        string said = MediaTools.Said("-i", path, "-map", "0:a", "-af", "ebur128", "-f", "null", "-");
        string line = said.Split('\n').Last(text => text.Trim().StartsWith("I:", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1].Replace("LUFS", "", StringComparison.Ordinal).Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    // Mean level of a stretch of sound in dB below full scale.
    private static double LevelOf(string path, double from, double to)
    {
        ReadOnlySpan<short> samples = MediaSignal.Samples(path);
        const int Rate = 48000;
        double sum = 0;
        int start = (int)(from * Rate);
        int end = Math.Min((int)(to * Rate), samples.Length);
        for (int i = start; i < end; i++)
        {
            double value = samples[i] / 32768.0;
            sum += value * value;
        }

        Assert.True(end > start, "there is sound up to there");
        return 10 * Math.Log10(Math.Max(1e-12, sum / (end - start)));
    }
}
