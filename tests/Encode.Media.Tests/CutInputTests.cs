using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Files that lack their end are refused, whole ones are not, whatever their tracks' lengths.</summary>
public sealed class CutInputTests : MediaTest
{
    private const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    private const string Film = $"-f lavfi -i testsrc2=size=640x360:rate=25:duration=6 -f lavfi -i sine=duration=6 {H264} -g 25 -c:a aac";

    private static string MatroskaFilm => MediaSources.Make("film.mkv", Film);

    [Theory]
    [InlineData("mkv", "flac", 4)]
    [InlineData("mkv", "flac", 1)]
    [InlineData("ts", "mp2", 5)]
    [InlineData("ts", "mp2", 1)]
    public void Sound_of_another_length_than_the_picture_is_no_cut(string extension, string codec, int seconds)
    {
        string input = MediaSources.Make(
            $"sound-{seconds}.{extension}",
            $"-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -f lavfi -i sine=sample_rate=48000:duration={seconds} {H264} -c:a {codec}");
        Transcoded made = Transcode("360p-h264", input).IsSound(50, 640, 360);
        Assert.Equal(seconds, MediaReport.Seconds(made.Report.Audio, "duration"), 0.1);
    }

    [Fact]
    public void Subtitles_that_go_on_are_no_cut()
    {
        string words = MediaSources.MakeFrom("words.srt", "words", path => File.WriteAllText(path, "1\n00:00:00,000 --> 00:00:09,000\nHello\n"));
        string input = MediaSources.Make("words.mkv", $"-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -i {words} {H264} -c:s subrip");
        Transcode("360p-h264", input).IsSound(25, 640, 360);
    }

    [Fact]
    public void A_slide_show_whose_pictures_state_no_length_is_no_cut()
    {
        string slides = MediaSources.Make("slides.mkv", $"-f lavfi -i testsrc2=size=640x360:rate=1/5:duration=20 {H264}");
        string input = MediaSources.Make("slides-untimed.mkv", $"-i {slides} -f lavfi -i sine=duration=20 -c:v copy -r:v 50 -bsf:v setts=duration=0 -c:a flac");
        Transcoded made = Transcode("360p25-h264", input);
        Assert.InRange(made.Report.Frames, 15 * 25, 20 * 25);
        // The same with a tag that counts the last picture in full, as other writers do.
        string tagged = MediaSources.MakeFrom("slides-tagged.mkv", input, path => File.WriteAllBytes(
            path, Replaced(File.ReadAllBytes(input), "00:00:15.020000000"u8, "00:00:20.000000000"u8)));
        Transcode("360p25-h264", tagged);
    }

    [Theory]
    [InlineData(0.66)]
    [InlineData(0.99)]
    public void A_matroska_file_whose_end_is_lost_is_refused_at_once(double share) => IsRefusedAtOnce(Cut(MatroskaFilm, "mkv", share));

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void An_avi_whose_end_is_lost_is_refused_at_once(double share)
    {
        string whole = MediaSources.Make("film.avi", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=6 -c:v mpeg4");
        IsRefusedAtOnce(Cut(whole, "avi", share));
        Transcode("360p25-h264", whole).IsSound(150, 640, 360);
        // One that was never finished states nothing.
        byte[] bytes = File.ReadAllBytes(whole);
        bytes.AsSpan(4, 4).Clear();
        string live = NewPath("live.avi");
        File.WriteAllBytes(live, bytes[..(bytes.Length / 2)]);
        Assert.InRange(Transcode("360p25-h264", live).Report.Frames, 30, 120);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    public void An_mp4_that_lacks_a_few_bytes_is_refused_at_once(int lost)
    {
        string whole = MediaSources.Make("film.mp4", $"{Film} -movflags +faststart");
        IsRefusedAtOnce(Cut(whole, "mp4", lost));
    }

    [Fact]
    public void A_fragmented_mp4_is_refused_when_its_last_fragment_is_not_whole()
    {
        string whole = MediaSources.Make("fragments.mp4", $"{Film} -movflags +frag_keyframe+empty_moov");
        Transcode("360p-h264", whole).IsSound(150, 640, 360);
        int index = File.ReadAllBytes(whole).AsSpan().LastIndexOf("mfra"u8);
        MediaException error = Refused("360p-h264", Cut(whole, "mp4", (int)new FileInfo(whole).Length - index + 100));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("bytes are missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matroska_file_without_a_size_is_held_to_the_length_of_its_picture()
    {
        byte[] film = File.ReadAllBytes(MatroskaFilm);
        WithoutSize(film);
        string whole = NewPath("whole.mkv");
        File.WriteAllBytes(whole, film);
        Transcode("360p-h264", whole).IsSound(150, 640, 360);
        Assert.Contains("cut short", Refused("360p-h264", Cut(whole, "mkv", 0.66)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_that_was_never_finished_gives_what_is_there()
    {
        string live = MediaSources.MakeFrom("live.mkv", Film, path => File.WriteAllBytes(
            path, MediaTools.RunFFmpeg([.. Film.Split(' '), "-f", "matroska", "pipe:1"])));
        Transcoded made = Transcode("360p-h264", Cut(live, "mkv", 0.66));
        Assert.InRange(made.Report.Frames, 75, 125);
    }

    private void IsRefusedAtOnce(string input)
    {
        MediaException error = Refused("360p-h264", input);
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("cut short", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Heard.FirstFrames);
    }

    private string Cut(string whole, string extension, double share)
    {
        byte[] bytes = File.ReadAllBytes(whole);
        return Cut(whole, extension, bytes.Length - (int)(bytes.Length * share));
    }

    private string Cut(string whole, string extension, int lost)
    {
        string path = NewPath($"cut-{Guid.NewGuid():N}.{extension}");
        File.WriteAllBytes(path, File.ReadAllBytes(whole)[..^lost]);
        return path;
    }

    /// <summary>Writes "not known" over the segment's size, which our own muxer writes in eight bytes.</summary>
    private static void WithoutSize(byte[] file)
    {
        int size = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x18, 0x53, 0x80, 0x67]) + 4;
        Assert.Equal(1, file[size]);
        file.AsSpan(size + 1, 7).Fill(0xFF);
    }

    private static byte[] Replaced(byte[] file, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        int at = file.AsSpan().IndexOf(from);
        Assert.True(at > 0, "the tag is there");
        to.CopyTo(file.AsSpan(at));
        return file;
    }

    [Fact]
    public void Fragments_from_the_middle_of_a_programme_are_whole()
    {
        string fragments = MediaSources.MakeFrom("late-fragments.mp4", "dash segments 3 to 4 of 5", path =>
        {
            string folder = NewPath("dash");
            Directory.CreateDirectory(folder);
            MediaTools.RunFFmpeg([
                .. "-f lavfi -i testsrc2=size=640x360:rate=25:duration=10 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50 -f dash -seg_duration 2".Split(' '),
                Path.Combine(folder, "live.mpd")]);
            string[] parts = ["init-stream0.m4s", "chunk-stream0-00003.m4s", "chunk-stream0-00004.m4s"];
            File.WriteAllBytes(path, [.. parts.SelectMany(part => File.ReadAllBytes(Path.Combine(folder, part)))]);
        });
        Transcode("360p25-h264", fragments).IsSound(100, 640, 360);
    }
}
