using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What is seen and what is heard start together in the sources; in the outputs they may be half a frame apart.</summary>
public sealed class SyncTests : MediaTest
{
    private const string H264 = "-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p -c:a aac";

    [Theory]
    [InlineData("360p-h264")]
    [InlineData("360p60-h264")]
    [InlineData("360p24-h264")]
    [InlineData("360p30-hevc")]
    [InlineData("360p30-av1")]
    public void Mp4_with_b_frames_and_priming(string scenario) =>
        IsInSync(Transcode(scenario, MediaSources.FlashAndBeep("sync.mp4", "30", 4, H264)), expected: 4);

    [Theory]
    [InlineData("mkv")]
    [InlineData("ts")]
    public void Other_containers(string extension) =>
        IsInSync(Transcode("360p30-h264", MediaSources.FlashAndBeep($"sync.{extension}", "30", 4, H264)), expected: 4);

    [Theory]
    [InlineData("23.976", "24000/1001", "360p60-h264")]
    [InlineData("ntsc", "30000/1001", "360p25-h264")]
    [InlineData("pal", "25", "360p29.97-h264")]
    [InlineData("fast", "60", "360p24-h264")]
    public void Rates_into_rates(string name, string rate, string scenario) =>
        IsInSync(Transcode(scenario, MediaSources.FlashAndBeep($"rate-{name}.mp4", rate, 4, H264)), expected: 4);

    [Fact]
    public void Large_start_times() =>
        IsInSync(Transcode("360p30-h264", MediaSources.FlashAndBeep("late.ts", "30", 4, $"{H264} -output_ts_offset 5000 -muxdelay 0")), expected: 4);

    [Fact]
    public void Negative_composition_offsets() =>
        IsInSync(Transcode("360p30-h264", MediaSources.FlashAndBeep("negative.mp4", "30", 4, $"{H264} -movflags negative_cts_offsets")), expected: 4);

    [Fact]
    public void A_clock_that_starts_anew_in_mid_stream()
    {
        string first = MediaSources.FlashAndBeep("splice1.ts", "30", 3, $"{H264} -muxdelay 0 -output_ts_offset 100");
        string second = MediaSources.FlashAndBeep("splice2.ts", "30", 3, $"{H264} -muxdelay 0 -output_ts_offset 9000");
        string spliced = MediaSources.MakeFrom("spliced.ts", first + second, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]));
        Transcoded made = Transcode("360p30-h264", spliced);
        Assert.InRange(made.Report.Frames, 175, 185);
        IsInSync(made, expected: 5);
    }

    [Theory]
    [InlineData("0.3")]
    [InlineData("-0.3")]
    [InlineData("1.77")]
    public void Tracks_that_start_apart(string offset)
    {
        // The sound is shifted by a container offset and cut so that what is left still belongs together.
        string name = $"apart{offset}.mkv";
        string filters = offset.StartsWith('-')
            ? $"-filter_complex [0:v]trim=start={offset[1..]}[v] -map [v] -map 1:a"
            : $"-filter_complex [1:a]atrim=start={offset}[a] -map 0:v -map [a]";
        string input = MediaSources.FlashAndBeep(name, "30", 5, $"{filters} {H264}");
        Transcoded made = Transcode("360p30-h264", input);
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        Assert.True(Math.Min(flashes.Length, beeps.Length) >= 3);
        foreach (double beep in beeps.TakeLast(3))
        {
            Assert.Contains(flashes, flash => Math.Abs(flash - beep) < 0.5 / 30);
        }
    }

    [Fact]
    public void An_edit_list_that_cuts_the_start()
    {
        // Copying from a time between key frames makes an MP4 that decodes from the key frame and shows from the edit.
        string whole = MediaSources.FlashAndBeep("long.mp4", "30", 6, $"{H264} -g 60 -sc_threshold 0");
        string cut = MediaSources.MakeFrom("edit.mp4", "cut " + whole, path => MediaTools.RunFFmpeg("-ss", "1.5", "-i", whole, "-c", "copy", path));
        Transcoded made = Transcode("360p30-h264", cut);
        IsInSync(made, expected: 4);
        double shown = MediaReport.Seconds(MediaReport.Of(cut).Format, "duration");
        Assert.InRange(MediaReport.Seconds(made.Report.Format, "duration"), shown - 0.1, shown + 0.1);
    }

    [Fact]
    public void A_hole_in_the_timestamps_is_filled()
    {
        string input = MediaSources.FlashAndBeep(
            "hole.mkv", "30", 6, $"-filter_complex [0:v]select='not(between(t,1.5,2.7))'[v];[1:a]aselect='not(between(t,1.5,2.7))'[a] -map [v] -map [a] -fps_mode passthrough {H264}");
        Transcoded made = Transcode("360p30-h264", input);
        made.IsSound(180, 640, 360);
        IsInSync(made, expected: 5);
    }

    [Theory]
    [InlineData("select", "0:v", "v")]
    [InlineData("aselect", "1:a", "a")]
    public void A_long_hole_in_one_track_of_a_transport_stream_is_no_jump(string filter, string track, string name)
    {
        // The other track goes on in the hole, which is longer than what counts as a jump of the clock.
        string rest = name == "v" ? "1:a" : "0:v";
        string input = MediaSources.FlashAndBeep(
            $"hole-{name}.ts", "25", 18, $"-filter_complex [{track}]{filter}='not(between(t,2.5,14.5))'[cut] -map [cut] -map {rest} -fps_mode passthrough {H264}");
        Transcoded made = Transcode("360p25-h264", input);
        made.IsSound(18 * 25, 640, 360);
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        Assert.Equal(name == "v" ? (6, 18) : (18, 6), (flashes.Length, beeps.Length));
        foreach (double time in name == "v" ? flashes : beeps)
        {
            Assert.Contains(name == "v" ? beeps : flashes, other => Math.Abs(other - time) < 0.021);
        }
    }

    [Fact]
    public void Variable_rate_becomes_constant_and_stays_in_sync()
    {
        string input = MediaSources.FlashAndBeep("vfr.mp4", "60", 4, $"-vf select='if(lt(mod(t,2),1),1,not(mod(n,3)))' -fps_mode vfr {H264}");
        Transcoded made = Transcode("360p30-h264", input);
        made.IsSound(120, 640, 360);
        IsInSync(made, expected: 4);
    }

    [Fact]
    public void Sound_at_44100_and_8000_keeps_time()
    {
        foreach (string rate in (ReadOnlySpan<string>)["44100", "8000"])
        {
            Transcoded made = Transcode("360p30-h264", MediaSources.FlashAndBeep($"rate{rate}.mkv", "30", 4, $"-c:v libx264 -preset ultrafast -pix_fmt yuv420p -ar {rate} -c:a pcm_s16le"));
            Assert.Equal(rate, MediaReport.Text(made.Report.Audio, "sample_rate"));
            IsInSync(made, expected: 4);
        }
    }

    [Theory]
    [InlineData("mp4", "0.52", "360p23.976-h264")]
    [InlineData("mkv", "0.52", "360p23.976-h264")]
    [InlineData("ts", "0.52", "360p60-h264")]
    [InlineData("mkv", "0.2", "360p24-h264")]
    public void Tracks_that_start_apart_at_another_rate(string extension, string late, string scenario)
    {
        string input = MediaSources.FlashAndBeep($"apart{late}.{extension}", "25", 6, $"-filter_complex [0:v]trim=start={late}[v] -map [v] -map 1:a {H264}");
        Transcoded made = Transcode(scenario, input);
        Assert.Equal(6, MediaSignal.Beeps(made.Path).Count);
        IsInSync(made, expected: 5, first: 1);
    }

    [Fact]
    public void Pictures_that_are_shown_before_the_first_one_of_the_stream()
    {
        // HEVC that is cut at its second key frame starts with pictures that follow it and are shown before it.
        string whole = MediaSources.FlashAndBeep(
            "radl.ts", "30", 6, "-filter_complex [1:a]atrim=start=2.5[a] -map 0:v -map [a] -c:v libx265 -x265-params log-level=1:radl=2:open-gop=0:keyint=60:min-keyint=60:scenecut=0:bframes=3:b-adapt=0 -preset ultrafast -pix_fmt yuv420p -c:a aac");
        string cut = MediaSources.MakeFrom("radl-cut.ts", "cut " + whole, path => File.WriteAllBytes(path, File.ReadAllBytes(whole)[SecondKeyFrame(whole)..]));
        Transcoded made = Transcode("360p30-h264", cut);
        made.IsSound(122, 640, 360);
        Assert.Equal(MediaSignal.FrameTimes(cut).Length, made.Report.Frames);
        IsInSync(made, expected: 3);
    }

    [Fact]
    public void A_clock_that_wraps_around() =>
        IsInSync(Transcode("360p30-h264", MediaSources.FlashAndBeep("wrap.ts", "30", 6, $"{H264} -muxdelay 0 -output_ts_offset 95441")), expected: 6);

    /// <summary>Offset of the tables that stand before a transport stream's second key frame.</summary>
    private static int SecondKeyFrame(string path)
    {
        const int PacketBytes = 188;
        int key = MediaPackets.Lines(path, "v:0", "packet=pos,flags")
            .Where(line => line.Contains(",K", StringComparison.Ordinal))
            .Select(line => int.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture))
            .ElementAt(1);
        return key - (2 * PacketBytes);
    }

    [Theory]
    [InlineData("-output_ts_offset 100")]
    [InlineData("")]
    public void Sound_that_had_ended_long_before_a_jump_comes_back_with_its_picture(string clock)
    {
        string first = MediaSources.FlashAndBeep("short-sound.ts", "30", 14, $"-filter_complex [1:a]atrim=end=4[a] -map 0:v -map [a] {H264} -muxdelay 0");
        string second = MediaSources.FlashAndBeep($"after-it{clock.Length}.ts", "30", 4, $"{H264} -muxdelay 0 {clock}");
        string spliced = MediaSources.MakeFrom($"short-sound-spliced{clock.Length}.ts", first + second, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]));
        Transcoded made = Transcode("360p30-h264", spliced);
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        Assert.Equal(flashes.Where(flash => flash is < 4 or > 13.9).Select(flash => Math.Round(flash, 1)), beeps.Select(beep => Math.Round(beep, 1)));
        Assert.Equal(8, beeps.Length);
    }

    private static void IsInSync(Transcoded made, int expected, int first = 0)
    {
        double half = 0.5 / made.Result.FrameRate.Value;
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        Assert.True(flashes.Length >= expected, $"{flashes.Length} flashes");
        foreach (double beep in beeps.Skip(first).Take(expected))
        {
            double nearest = flashes.MinBy(flash => Math.Abs(flash - beep));
            Assert.True(Math.Abs(nearest - beep) <= half + 0.001, $"a beep at {beep:0.0000} s and its flash at {nearest:0.0000} s");
        }
    }

    [Fact]
    public void A_stream_that_begins_again_is_a_jump_also_where_its_sound_had_ended()
    {
        string once = MediaSources.Make(
            "again-once.ts", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=20 -f lavfi -i sine=duration=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
        string twice = MediaSources.MakeFrom("again-twice.ts", once, path => File.WriteAllBytes(path, [.. File.ReadAllBytes(once), .. File.ReadAllBytes(once)]));
        Assert.InRange(Transcode("360p25-h264", twice).Report.Frames, 995, 1005);
    }
}
