using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Sound whose packets go into the output as they are, where its container holds them.</summary>
public sealed class CopiedSoundTests : MediaTest
{
    private const string H264 = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";

    [Theory]
    [InlineData("mp4", "aac", Container.Mp4, "aac")]
    [InlineData("mkv", "aac", Container.Mp4, "aac")]
    [InlineData("ts", "aac", Container.Mp4, "aac")]
    [InlineData("mp4", "aac", Container.Mkv, "aac")]
    [InlineData("mp4", "aac", Container.Ts, "aac")]
    [InlineData("mp4", "aac", Container.Cmaf, "aac")]
    [InlineData("mkv", "ac3", Container.Mp4, "ac3")]
    [InlineData("mkv", "ac3", Container.Ts, "ac3")]
    [InlineData("ts", "ac3", Container.Mkv, "ac3")]
    [InlineData("mkv", "libopus", Container.Webm, "opus")]
    [InlineData("mkv", "libopus", Container.Mp4, "opus")]
    [InlineData("mkv", "libmp3lame", Container.Mp4, "mp3")]
    [InlineData("mkv", "flac", Container.Mp4, "flac")]
    [InlineData("mkv", "flac", Container.Mkv, "flac")]
    public void Packets_are_copied_and_stay_in_sync(string extension, string codec, Container container, string expected)
    {
        string input = MediaSources.FlashAndBeep($"copied-{codec}.{extension}", "25", 4, $"{H264} -c:a {codec}");
        (TranscodeResult whole, string sound, string picture) = Copy(input, container, 0, null);
        Assert.DoesNotContain(whole.Notes, note => note.Contains("not copied", StringComparison.Ordinal));
        Assert.Equal(expected, MediaReport.Text(MediaReport.Of(sound).Audio, "codec_name"));
        Assert.Equal(Hashes(input), Hashes(sound));
        IsInSync(sound, picture, 4);
        IsEven(sound);

        (_, sound, picture) = Copy(input, container, 1.5, 2);
        Assert.Empty(Hashes(sound).Except(Hashes(input)));
        IsInSync(sound, picture, 2);
        IsEven(sound);
        MediaReport report = MediaReport.Of(sound);
        Assert.InRange(MediaReport.Seconds(report.Format, "duration"), 1.9, 2.2);
    }

    [Theory]
    [InlineData("pcm_s16le", Container.Mp4, "mp4 does not hold pcm_s16le from this source")]
    [InlineData("flac", Container.Ts, "ts does not hold flac from this source")]
    [InlineData("flac", Container.Cmaf, "cmaf does not hold flac from this source")]
    [InlineData("libmp3lame", Container.Mp4, "mp4 does not hold mp3 from this source", "-ar 11025")]
    [InlineData("aac", Container.Webm, "webm does not hold aac from this source")]
    public void What_a_container_does_not_hold_is_encoded_and_told(string codec, Container container, string reason, string options = "")
    {
        string encoded = container == Container.Webm ? "Opus" : "AAC";
        string input = MediaSources.FlashAndBeep($"copied-{codec}{options.Replace(' ', '-')}.mkv", "25", 4, $"{H264} -c:a {codec} {options}");
        (TranscodeResult result, string sound, string picture) = Copy(input, container, 1.5, 2);
        Assert.Contains($"Sound a0 was encoded as {encoded} and not copied: {reason}.", result.Notes);
        Assert.Equal(encoded, MediaReport.Text(MediaReport.Of(sound).Audio, "codec_name"), ignoreCase: true);
        IsInSync(sound, picture, 2);
    }

    [Fact]
    public void A_track_of_a_folder_that_starts_late_says_so_in_its_fragments()
    {
        string input = MediaSources.Make("late-copied.mp4", $"-f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -itsoffset 1.5 -f lavfi -i sine=sample_rate=48000:duration=2 {H264} -c:a aac");
        (_, string sound, string picture) = Copy(input, Container.Cmaf, 0, null);
        double start = FirstTime(input, "a:0") - FirstTime(input, "v:0");
        Assert.Equal(1.5, start, 0.03);
        // As players read it that put fragments together themselves, and as those that follow edit lists do.
        Assert.Equal(start, FirstTime(sound, "a:0", "-ignore_editlist", "1") - FirstTime(picture, "v:0"), 0.002);
        Assert.Equal(start, FirstTime(sound, "a:0") - FirstTime(picture, "v:0"), 0.002);
        string dash = File.ReadAllText(Path.Combine(Path.GetDirectoryName(sound)!, "manifest.mpd"));
        string timeline = dash[dash.IndexOf("contentType=\"audio\"", StringComparison.Ordinal)..];
        timeline = timeline[(timeline.IndexOf("<S t=\"", StringComparison.Ordinal) + 6)..];
        Assert.Equal(start, double.Parse(timeline[..timeline.IndexOf('"', StringComparison.Ordinal)], CultureInfo.InvariantCulture) / 1e6, 0.002);
    }

    [Fact]
    public void Sound_that_is_announced_and_does_not_come_is_not_waited_for_in_memory()
    {
        string full = MediaSources.Make("noisy.ts", $"-f lavfi -i color=gray:size=320x180:rate=25:duration=40,noise=alls=100:allf=t -f lavfi -i sine=sample_rate=48000:duration=40 -c:v libx264 -preset ultrafast -g 25 -crf 15 -pix_fmt yuv420p -c:a mp2 -mpegts_start_pid 256");
        string input = MediaSources.MakeFrom("announced.ts", full, path => File.WriteAllBytes(path, WithoutSound(File.ReadAllBytes(full), until: 1)));
        EncodeSettings settings = Scenario("360p25-h264");
        settings = settings with { Audio = [Announced], Video = [settings.Video[0] with { Preset = "ultrafast", BoxWidth = 320, BoxHeight = 180, RateControl = RateControlMode.Crf, Crf = 1 }] };
        Transcode(settings with { InputSeconds = 1 }, input);
        long before = PeakMemory.Restart();
        Transcoded made = Transcode(settings, input);
        long grown = PeakMemory.Now() - before;
        Assert.Equal(1000, made.Result.Frames, 1.0);
        Assert.Contains("The sound stream held nothing that could be decoded; the output has no sound.", made.Result.Notes);
        // A quarter of the film, and room for what else there is; all of it would be more.
        Assert.InRange(made.Result.Bytes, 60_000_000, long.MaxValue);
        Assert.InRange(grown, long.MinValue, made.Result.Bytes * 8 / 10);
    }

    [Fact]
    public void Sound_that_comes_long_after_it_was_announced_is_still_heard()
    {
        string full = MediaSources.FlashAndBeep("announced-late.ts", "25", 30, $"{H264} -c:a mp2 -mpegts_start_pid 256");
        string input = MediaSources.MakeFrom("comes-late.ts", full, path => File.WriteAllBytes(path, WithoutSound(File.ReadAllBytes(full), until: 0.6)));
        Transcoded made = Transcode(Scenario("360p25-h264") with { Audio = [Announced] }, input);
        double[] beeps = [.. MediaSignal.Beeps(made.Path)];
        double[] flashes = [.. MediaSignal.Flashes(made.Path)];
        Assert.Equal(30, flashes.Length);
        Assert.InRange(beeps.Length, 8, 16);
        Assert.Equal(flashes[^1], beeps[^1], 0.03);
        Assert.Equal("48000", MediaReport.Text(made.Report.Audio, "sample_rate"));
    }

    /// <summary>Sound whose form is not known is not chosen unasked.</summary>
    private static AudioSettings Announced => new() { Source = new TrackSource(0) };

    private (TranscodeResult Result, string Sound, string Picture) Copy(string input, Container container, double start, double? seconds)
    {
        bool isWebm = container == Container.Webm;
        EncodeSettings settings = Scenario("360p25-h264");
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(
            settings with
            {
                Video = [settings.Video[0] with { Codec = isWebm ? VideoCodec.Av1 : VideoCodec.H264, Preset = isWebm ? "12" : "ultrafast", BoxWidth = 320, BoxHeight = 180 }],
                Audio = [new AudioSettings { Codec = AudioCodec.Copy }],
                Outputs = [new OutputSettings { Container = container }],
                InputStart = start,
                InputSeconds = seconds,
            },
            input);
        return (result, container == Container.Cmaf ? paths[2] : paths[0], paths[0]);
    }

    private static void IsInSync(string sound, string picture, int seconds)
    {
        double[] beeps = [.. MediaSignal.Beeps(sound)];
        double[] flashes = [.. MediaSignal.Flashes(picture)];
        Assert.InRange(flashes.Length, seconds, seconds + 1);
        // A codec's own ringing before a beep is no flash.
        Assert.All(flashes, flash => Assert.Contains(beeps, beep => Math.Abs(beep - flash) < 0.021));
    }

    /// <summary>Whether every packet begins where the one before ends: none is a millisecond early or late.</summary>
    private static void IsEven(string path)
    {
        double[] times = [.. MediaPackets.Lines(path, "a:0", "packet=pts_time").Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        double[] steps = [.. times.Zip(times.Skip(1), (one, next) => next - one)];
        double tolerance = Path.GetExtension(path) is ".mp4" ? 0.00003 : 0.00101;
        // A first time that was rounded is put right once.
        double usual = steps.Order().ElementAt(steps.Length / 2);
        Assert.InRange(steps.SkipLast(1).Count(step => Math.Abs(step - usual) > tolerance), 0, 1);
        Assert.All(steps.SkipLast(1), step => Assert.Equal(usual, step, 0.0011));
    }

    /// <summary>A hash of each packet's bytes as they are in a raw stream, whatever the container.</summary>
    private static string[] Hashes(string path) => MediaPackets.Hashes(path, "a:0", IsAdts(path) ? ["-bsf:a", "aac_adtstoasc"] : []);

    private static bool IsAdts(string path) => Path.GetExtension(path) == ".ts" && MediaReport.Text(MediaReport.Of(path).Audio, "codec_name") == "aac";

    private static double FirstTime(string path, string stream, params string[] options) =>
        double.Parse(MediaPackets.Lines(path, stream, "frame=pts_time", options)[0], CultureInfo.InvariantCulture);

    /// <summary>A transport stream without the packets of its second stream, up to a part of its length.</summary>
    private static byte[] WithoutSound(byte[] stream, double until)
    {
        const int Packet = 188;
        const int SoundPid = 257;
        var kept = new MemoryStream();
        for (int at = 0; at + Packet <= stream.Length; at += Packet)
        {
            int pid = ((stream[at + 1] & 0x1F) << 8) | stream[at + 2];
            if (pid != SoundPid || at > stream.Length * until)
            {
                kept.Write(stream, at, Packet);
            }
        }

        return kept.ToArray();
    }
}
