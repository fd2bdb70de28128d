using System.Globalization;
using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Subtitles of every kind into every container: copied where it holds them, converted where it holds other text, else left out and told.</summary>
public sealed class SubtitleTests : MediaTest
{
    private const string Picture = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=6 -f lavfi -i sine=sample_rate=48000:duration=6";
    private const string Codecs = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac";

    /// <summary>Lines with their times in seconds.</summary>
    private static readonly (double Start, double End, string Text)[] Lines = [(0.5, 1.5, "first line"), (2, 3.25, "second\nof two"), (3.25, 4, "third <i>slanted</i>"), (5.2, 9, "longer than the film")];

    [Theory]
    [InlineData("subrip", "mkv", Container.Mkv, "subrip")]
    [InlineData("ass", "mkv", Container.Mkv, "ass")]
    [InlineData("webvtt", "mkv", Container.Mkv, "webvtt")]
    [InlineData("mov_text", "mp4", Container.Mkv, "subrip")]
    [InlineData("subrip", "mkv", Container.Mp4, "mov_text")]
    [InlineData("ass", "mkv", Container.Mp4, "mov_text")]
    [InlineData("webvtt", "mkv", Container.Mp4, "mov_text")]
    [InlineData("mov_text", "mp4", Container.Mp4, "mov_text")]
    [InlineData("subrip", "mkv", Container.Webm, "webvtt")]
    [InlineData("mov_text", "mp4", Container.Webm, "webvtt")]
    public void Text_reaches_every_container_that_holds_text(string codec, string extension, Container container, string expected)
    {
        string input = Source(codec, extension);
        (TranscodeResult result, string path) = Make(Into(container), input);
        System.Text.Json.JsonElement track = Assert.Single(MediaReport.Of(path).Streams, stream => MediaReport.Text(stream, "codec_type") == "subtitle");
        Assert.Equal(expected, MediaReport.Text(track, "codec_name"));
        Assert.DoesNotContain(result.Notes, note => note.Contains("ubtitle", StringComparison.Ordinal));
        (double Start, double End, string Text)[] made = Read(path);
        Assert.Equal(Lines.Select(line => Plain(line.Text)), made.Select(line => Plain(line.Text)));
        // Containers that know no time before zero put everything later; the lines keep their distance from the pictures.
        double shift = MediaSignal.FrameTimes(path)[0] - MediaSignal.FrameTimes(input)[0];
        foreach (((double Start, double End, string Text) wanted, (double Start, double End, string Text) got) in Lines.Zip(made))
        {
            // ASS counts in hundredths.
            Assert.Equal(wanted.Start + shift, got.Start, 0.011);
            Assert.Equal(wanted.End + shift, got.End, 0.011);
        }
    }

    [Fact]
    public void A_folder_has_a_text_file_that_its_manifests_name()
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Into(Container.Cmaf), Source("subrip", "mkv"));
        string folder = Path.GetDirectoryName(paths[0])!;
        Assert.Equal(["v0.mp4", "v0.m3u8", "a0.mp4", "a0.m3u8", "s0.vtt", "s0.m3u8", "master.m3u8", "manifest.mpd"], paths.Select(path => Path.GetFileName(path)));
        Assert.All(result.Files.Zip(paths), pair => Assert.Equal(new FileInfo(pair.Second).Length, pair.First.Bytes));
        Assert.Equal(Lines.Select(line => Plain(line.Text)), Read(Path.Combine(folder, "s0.vtt")).Select(line => Plain(line.Text)));
        string master = File.ReadAllText(paths[^2]);
        Assert.Contains("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"s0\",LANGUAGE=\"ger\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"s0.m3u8\"\n", master, StringComparison.Ordinal);
        Assert.Contains(",AUDIO=\"audio\",SUBTITLES=\"subtitles\"\nv0.m3u8\n", master, StringComparison.Ordinal);
        Assert.Contains("#EXTINF:6.0", File.ReadAllText(Path.Combine(folder, "s0.m3u8")), StringComparison.Ordinal);
        string dash = File.ReadAllText(paths[^1]);
        Assert.Contains("mimeType=\"text/vtt\" lang=\"ger\"", dash, StringComparison.Ordinal);
        Assert.Contains("<BaseURL>s0.vtt</BaseURL>", dash, StringComparison.Ordinal);
        System.Xml.Linq.XDocument.Parse(dash);
    }

    [Theory]
    [InlineData("mkv", Container.Mkv)]
    [InlineData("mp4", Container.Mp4)]
    public void Lines_are_cut_to_the_part_that_is_taken(string extension, Container container)
    {
        string input = Source(extension == "mkv" ? "subrip" : "mov_text", extension);
        (_, string path) = Make(Into(container) with { InputStart = 2.5, InputSeconds = 1 }, input);
        (double Start, double End, string Text)[] made = Read(path);
        Assert.Equal(["second of two", "third slanted"], made.Select(line => Plain(line.Text)));
        // The first began half a second before, the second goes on. Of Matroska's the start counts from the sound's, a frame before the picture's.
        double shift = extension == "mkv" ? 0.04 : 0;
        Assert.Equal(0, made[0].Start, 0.025);
        Assert.Equal(0.75 + shift, made[0].End, 0.025);
        Assert.Equal(0.75 + shift, made[1].Start, 0.025);
        Assert.Equal(1, made[1].End, 0.025);
    }

    [Fact]
    public void A_line_that_began_long_before_the_part_is_shown_in_it()
    {
        string srt = NewPath("long.srt");
        File.WriteAllText(srt, Srt([(1, 20, "all the time")]));
        string input = NewPath("long.mkv");
        MediaTools.RunFFmpeg([.. "-f lavfi -i testsrc2=size=320x180:rate=25:duration=12".Split(' '), "-i", srt, .. $"-map 0 -map 1 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:s subrip {input}".Split(' ')]);
        (TranscodeResult result, string path) = Make(Into(Container.Mkv) with { InputStart = 9, InputSeconds = 1, Audio = [] }, input);
        Assert.Equal(25, result.Frames);
        (double Start, double End, string Text) line = Assert.Single(Read(path));
        Assert.Equal((0, 1, "all the time"), (Math.Round(line.Start, 2), Math.Round(line.End, 2), line.Text));
        Assert.Equal(0, MediaReport.Seconds(MediaReport.Of(path).Video, "start_time"), 0.001);
    }

    [Fact]
    public void Language_title_and_purpose_are_kept()
    {
        string input = NewPath("purposes.mkv");
        MediaTools.RunFFmpeg(
            "-i", Source("subrip", "mkv"), "-map", "0:v", "-map", "0:s", "-map", "0:s", "-c", "copy", "-disposition:s:0", "forced", "-disposition:s:1", "default+hearing_impaired",
            "-metadata:s:s:0", "language=fre", "-metadata:s:s:1", "language=eng", "-metadata:s:s:1", "title=For all", input);
        EncodeSettings settings = Into(Container.Mkv) with { Subtitles = [new SubtitleSettings { Source = new TrackSource(null, "eng") }, new SubtitleSettings { Name = "s1", Source = new TrackSource(0) }] };
        (_, string path) = Make(settings, input);
        System.Text.Json.JsonElement[] tracks = [.. MediaReport.Of(path).Streams.Where(stream => MediaReport.Text(stream, "codec_type") == "subtitle")];
        Assert.Equal(["eng", "fre"], tracks.Select(track => MediaReport.Text(track.GetProperty("tags"), "language")));
        Assert.Equal("For all", MediaReport.Text(tracks[0].GetProperty("tags"), "title"));
        Assert.Equal(["1 1 0", "0 0 1"], tracks.Select(track => track.GetProperty("disposition")).Select(flags => $"{MediaReport.Text(flags, "default")} {MediaReport.Text(flags, "hearing_impaired")} {MediaReport.Text(flags, "forced")}"));
    }

    [Fact]
    public void Outputs_that_cannot_have_it_go_without_and_say_so()
    {
        EncodeSettings settings = Into(Container.Mkv) with { Outputs = [new OutputSettings { Container = Container.Mkv }, new OutputSettings { Container = Container.Ts }, new OutputSettings { Container = Container.Mp4 }] };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, Source("ass", "mkv"));
        Assert.Contains("Subtitle s0 (ass) is not in ts, which does not hold it.", result.Notes);
        Assert.Equal(["ass", "", "mov_text"], paths.Select(path => string.Concat(MediaReport.Of(path).Streams.Where(stream => MediaReport.Text(stream, "codec_type") == "subtitle").Select(stream => MediaReport.Text(stream, "codec_name")))));
    }

    [Theory]
    [InlineData(SubtitleMode.Copy, Container.Mp4, null, "choose subtitle s0: it is subrip, which mp4 holds in no form in mode copy; ask for mode convert, or for an output in mkv")]
    [InlineData(SubtitleMode.Convert, Container.Ts, null, "choose subtitle s0: it is subrip, which ts holds in no form in mode convert; ask for an output in mkv, mp4, webm or cmaf")]
    [InlineData(SubtitleMode.Convert, Container.Mkv, 3, "choose subtitle s0: the input has no subtitle track 3, it has 1 subtitle track; count from 0, or leave 'source' out for the first that is not for signs alone")]
    public void What_no_output_can_have_is_refused(SubtitleMode mode, Container container, int? index, string message)
    {
        EncodeSettings settings = Into(container) with { Subtitles = [new SubtitleSettings { Mode = mode, Source = new TrackSource(index) }] };
        MediaException error = Assert.Throws<MediaException>(() => Make(settings, Source("subrip", "mkv")));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("S_HDMV/PGS", "hdmv_pgs_subtitle")]
    [InlineData("S_DVBSUB", "dvb_subtitle")]
    public void Pictures_of_text_are_copied_where_they_can_be_held(string codec, string name)
    {
        string input = Pictures(codec);
        (_, string mkv) = Make(Into(Container.Mkv), input);
        Assert.Equal(PicturePackets(input), PicturePackets(mkv));
        Assert.Equal(name, MediaReport.Text(MediaReport.Of(mkv).Streams[2], "codec_name"));
        MediaException error = Assert.Throws<MediaException>(() => Make(Into(Container.Mp4), input));
        Assert.Equal($"choose subtitle s0: it is {name}, which mp4 holds in no form in mode convert; pictures are copied into mkv, DVB's into ts too, and no text is made of them", error.Message);
    }

    [Fact]
    public void DVB_subtitles_go_through_a_transport_stream_and_back()
    {
        string input = Pictures("S_DVBSUB");
        EncodeSettings settings = Into(Container.Ts) with { Subtitles = [new SubtitleSettings { Mode = SubtitleMode.Copy }] };
        (_, string ts) = Make(settings, input);
        Assert.Equal("dvb_subtitle", MediaReport.Text(MediaReport.Of(ts).Streams[2], "codec_name"));
        (_, string again) = Make(settings, ts);
        (_, string mkv) = Make(Into(Container.Mkv), again);
        Assert.Equal(PicturePackets(input).Select(packet => packet.Hash), PicturePackets(mkv).Select(packet => packet.Hash));
    }

    [Fact]
    public void A_page_of_DVB_is_shown_until_the_next_one_also_where_the_part_begins_between_them()
    {
        EncodeSettings settings = Into(Container.Ts) with { Subtitles = [new SubtitleSettings { Mode = SubtitleMode.Copy }] };
        (_, string ts) = Make(settings, Pictures("S_DVBSUB"));
        foreach ((double start, double[] pages) in ((double, double[])[])[(1, [0, 1, 3]), (3, [0, 1])])
        {
            (_, string part) = Make(settings with { InputStart = start }, ts);
            double[] times = [.. PicturePackets(part).Select(packet => packet.Time)];
            Assert.Equal(pages.Length, times.Length);
            Assert.All(pages.Zip(times), pair => Assert.Equal(pair.First, pair.Second, 0.15));
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void Lines_are_there_when_the_source_is_read_more_than_once(int passes, bool quality)
    {
        EncodeSettings settings = Into(Container.Mkv) with { Quality = quality };
        (TranscodeResult result, string path) = Make(settings with { Video = [settings.Video[0] with { Passes = passes }] }, Source("subrip", "mkv"));
        Assert.Equal(Lines.Select(line => Plain(line.Text)), Read(path).Select(line => Plain(line.Text)));
        Assert.Equal(passes == 2, result.Stages.Any(stage => stage.Name == "first pass"));
        Assert.Equal(quality, result.Renditions[0].Psnr is not null);
        Assert.DoesNotContain(result.Notes, note => note.Contains("ubtitle", StringComparison.Ordinal));
    }

    [Fact]
    public void A_source_without_subtitles_is_told()
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Into(Container.Cmaf), MediaSources.Clip());
        Assert.Contains("The source has no subtitles, so subtitle s0 is in no output.", result.Notes);
        Assert.Equal([0, 0], result.Files.Zip(paths).Where(pair => Path.GetFileName(pair.Second).StartsWith('s')).Select(pair => pair.First.Bytes));
    }

    [Fact]
    public void A_line_an_hour_does_not_hold_the_pictures_up()
    {
        // Forty seconds, one line at the end: what is before it must be in the file long before that.
        string srt = NewPath("rare.srt");
        File.WriteAllText(srt, Srt([(38, 39, "at last")]));
        string input = NewPath("rare.mkv");
        MediaTools.RunFFmpeg([.. "-f lavfi -i testsrc2=size=320x180:rate=25:duration=40 -f lavfi -i sine=duration=40".Split(' '), "-i", srt, .. $"-map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -c:s subrip {input}".Split(' ')]);
        string path = NewPath("rare-made.mkv");
        using (SafeFileHandle output = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
        using (StoppingInput stopping = new(input, 0.8, () => Thread.CurrentThread.Name == "encode demux" && IsWritten(output)))
        {
            Transcoder.Run(new TranscodeRequest { Settings = Into(Container.Mkv), Input = stopping, Outputs = [output] }, new Recorder(), CancellationToken.None);
        }

        (double Time, bool IsText)[] packets =
        [
            .. MediaPackets.Lines(path, null, "packet=codec_type,pts_time").Select(line => line.Split(',')).Select(parts => (double.Parse(parts[1], CultureInfo.InvariantCulture), parts[0] == "subtitle")),
        ];
        int at = Array.FindIndex(packets, packet => packet.IsText);
        // In its place among the others: no picture from well after it stands before it, and none from well before it after it.
        Assert.InRange(packets.Take(at).Max(packet => packet.Time), 37.5, 38.5);
        Assert.InRange(packets.Skip(at).Min(packet => packet.Time), 37.5, 38.5);

        // No more of the input comes before it is.
        static bool IsWritten(SafeFileHandle output)
        {
            Eventually.IsTrueAsync("the first half is in the file", TimeSpan.FromSeconds(30), () => RandomAccess.GetLength(output) > 500_000).GetAwaiter().GetResult();
            return true;
        }
    }

    private static EncodeSettings Into(Container container) => Scenario("360p25-h264") with
    {
        Video = [Scenario("360p25-h264").Video[0] with { Preset = container == Container.Webm ? "12" : "ultrafast", Codec = container == Container.Webm ? VideoCodec.Av1 : VideoCodec.H264, BoxWidth = 320, BoxHeight = 180 }],
        Audio = [new AudioSettings { Codec = container == Container.Webm ? AudioCodec.Opus : AudioCodec.Aac }],
        Subtitles = [new SubtitleSettings()],
        Outputs = [new OutputSettings { Container = container }],
    };

    private (TranscodeResult Result, string Path) Make(EncodeSettings settings, string input)
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, input);
        return (result, paths[0]);
    }

    private static string Source(string codec, string extension) => MediaSources.MakeFrom($"text-{codec}.{extension}", $"{Picture} {Codecs} {string.Join('|', Lines)}", path =>
    {
        string srt = Path.Combine(Path.GetDirectoryName(path)!, $"{Guid.NewGuid():N}.srt");
        File.WriteAllText(srt, Srt(Lines));
        try
        {
            MediaTools.RunFFmpeg([.. Picture.Split(' '), "-i", srt, .. $"-map 0 -map 1 -map 2 {Codecs} -c:s {codec} -metadata:s:s:0 language=ger -disposition:s:0 0 {path}".Split(' ')]);
        }
        finally
        {
            File.Delete(srt);
        }
    });

    private static string Srt(IEnumerable<(double Start, double End, string Text)> lines)
    {
        static string Time(double seconds) => TimeSpan.FromSeconds(seconds).ToString(@"hh\:mm\:ss\,fff", CultureInfo.InvariantCulture);
        return string.Concat(lines.Index().Select(line => $"{line.Index + 1}\n{Time(line.Item.Start)} --> {Time(line.Item.End)}\n{line.Item.Text}\n\n"));
    }

    /// <summary>What a player shows: the text as ffmpeg writes it into a file of its own.</summary>
    private static (double Start, double End, string Text)[] Read(string path)
    {
        string text = Encoding.UTF8.GetString(MediaTools.RunFFmpeg("-copyts", "-i", path, "-map", "0:s:0", "-c:s", "subrip", "-f", "srt", "-"));
        return
        [
            .. text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(block => block.Trim().Split('\n')).Where(lines => lines.Length > 2).Select(lines =>
            {
                string[] times = lines[1].Split(" --> ");
                return (Seconds(times[0]), Seconds(times[1]), string.Join('\n', lines[2..]));
            }),
        ];

        static double Seconds(string time) => TimeSpan.ParseExact(time, @"hh\:mm\:ss\,fff", CultureInfo.InvariantCulture).TotalSeconds;
    }

    /// <summary>Times to a tenth of a second, and a hash of the bytes.</summary>
    private static (double Time, string Hash)[] PicturePackets(string path)
    {
        double first = MediaSignal.FrameTimes(path)[0];
        return
        [
            .. MediaPackets.Lines(path, "s:0", "packet=pts_time,data_hash", "-show_data_hash", "md5").Select(line => line.Split(','))
                .Select(parts => (Math.Round(double.Parse(parts[0], CultureInfo.InvariantCulture) - first, 1), parts[1])),
        ];
    }

    /// <summary>A film with pictures of text, of which no more than the frame is there: libav has no encoder of them without a picture to begin with.</summary>
    private static string Pictures(string codec) => MediaSources.MakeFrom($"pictures-{codec[2..].Replace('/', '-')}.mkv", $"{Picture} {Codecs} 1", path =>
    {
        string aside = Path.Combine(Path.GetDirectoryName(path)!, $"{Guid.NewGuid():N}.mkv");
        // A page with nothing on it and the end of it; a presentation with nothing in it and its end.
        byte[] shown = codec == "S_DVBSUB"
            ? [0x0F, 0x10, 0, 1, 0, 2, 0x0A, 0x04, 0x0F, 0x80, 0, 1, 0, 0]
            : [0x16, 0, 11, 1, 0x40, 0, 0xB4, 0x10, 0, 1, 0x80, 0, 0, 0, 0x80, 0, 0];
        File.WriteAllBytes(aside, OneTrack(codec, codec == "S_DVBSUB" ? [0, 1, 0, 1, 0x10] : [], [(500, shown), (2000, shown), (4000, shown)]));
        try
        {
            MediaTools.RunFFmpeg([.. Picture.Split(' '), "-i", aside, .. $"-map 0 -map 1 -map 2 {Codecs} -c:s copy {path}".Split(' ')]);
        }
        finally
        {
            File.Delete(aside);
        }
    });

    /// <summary>A Matroska file of one subtitle track (RFC 9559), with nothing that is not needed.</summary>
    private static byte[] OneTrack(string codec, byte[] header, IEnumerable<(int Milliseconds, byte[] Bytes)> blocks)
    {
        byte[] track =
        [
            .. Element(0xD7, [1]), .. Element(0x73C5, [1]), .. Element(0x83, [0x11]), .. Element(0x86, Encoding.ASCII.GetBytes(codec)),
            .. header.Length > 0 ? Element(0x63A2, header) : [],
        ];
        byte[] cluster = [.. Element(0xE7, [0]), .. blocks.SelectMany(block => Element(0xA0, [.. Element(0xA1, [0x81, (byte)(block.Milliseconds >> 8), (byte)block.Milliseconds, 0, .. block.Bytes]), .. Element(0x9B, [0x03, 0xE8])]))];
        return
        [
            .. Element(0x1A45DFA3, Element(0x4282, "matroska"u8)),
            .. Element(0x18538067, [.. Element(0x1549A966, Element(0x2AD7B1, [0x0F, 0x42, 0x40])), .. Element(0x1654AE6B, Element(0xAE, track)), .. Element(0x1F43B675, cluster)]),
        ];
    }

    private static byte[] Element(uint id, ReadOnlySpan<byte> body)
    {
        byte[] name = [.. ((byte[])[(byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id]).SkipWhile(part => part == 0)];
        // A length of four bytes, whose first bits say so.
        return [.. name, (byte)(0x10 | (body.Length >> 24)), (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    private static string Plain(string text)
    {
        string flat = text.Replace('\n', ' ');
        for (int open; (open = flat.IndexOf('<', StringComparison.Ordinal)) >= 0;)
        {
            flat = flat.Remove(open, flat.IndexOf('>', StringComparison.Ordinal) - open + 1);
        }

        return flat.Trim();
    }
}
