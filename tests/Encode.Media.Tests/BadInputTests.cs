using System.IO.Pipes;
using Encode.Contracts.Jobs;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

public sealed class BadInputTests : MediaTest
{
    private const string Cover = "-f lavfi -i testsrc2=size=1920x1080:rate=1:duration=1";

    [Fact]
    public void Not_media()
    {
        string path = NewPath("text.mp4");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("This is a letter and not a film. ", 4000)));
        IsInputError(Refused("360p-h264", path), "not a media file");
    }

    [Fact]
    public void An_empty_file()
    {
        string path = NewPath("empty.mp4");
        File.WriteAllBytes(path, []);
        IsInputError(Refused("360p-h264", path), "empty");
    }

    [Fact]
    public void An_mp4_cut_before_its_index()
    {
        byte[] whole = File.ReadAllBytes(MediaSources.Clip(seconds: 3));
        string path = NewPath("cut.mp4");
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        IsInputError(Refused("360p-h264", path), "cut short");
    }

    [Fact]
    public void An_mp4_cut_after_its_index()
    {
        string whole = MediaSources.Make("index-first.mp4", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=6 -f lavfi -i sine=duration=6 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -movflags +faststart");
        byte[] bytes = File.ReadAllBytes(whole);
        string path = NewPath("cut.mp4");
        File.WriteAllBytes(path, bytes[..(bytes.Length * 2 / 3)]);
        IsInputError(Refused("360p-h264", path), "cut short");
    }

    [Fact]
    public void Sound_only() => IsInputError(
        Refused("360p-h264", MediaSources.Make("sound.m4a", "-f lavfi -i sine=duration=1 -c:a aac")), "has no picture");

    [Fact]
    public void Sound_with_a_cover()
    {
        string input = MediaSources.Make(
            "album.m4a", $"-f lavfi -i sine=duration=1 {Cover} -map 0:a -map 1:v -c:a aac -c:v mjpeg -frames:v 1 -disposition:v:0 attached_pic");
        IsInputError(Refused("360p-h264", input), "has no picture");
    }

    [Fact]
    public void A_film_with_a_cover_is_the_film()
    {
        string input = MediaSources.Make(
            "covered.mp4",
            $"{Cover} -i {MediaSources.Clip(seconds: 1)} -map 0:v -map 1:v -map 1:a -c copy -c:v:0 mjpeg -frames:v:0 1 -disposition:v:0 attached_pic");
        Transcode("360p30-h264", input).IsSound(30, 640, 360);
    }

    [Fact]
    public void A_video_stream_without_pictures()
    {
        string movie = MediaSources.Make("nothing.mp4", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -f lavfi -i sine=duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -bsf:v noise=drop=1 -movflags +empty_moov+frag_keyframe");
        IsInputError(Refused("360p-h264", movie), "no pictures");
        string input = MediaSources.Make("nothing.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -f lavfi -i sine=duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac -bsf:v noise=drop=1");
        IsInputError(Refused("360p-h264", input), "no pictures");
    }

    [Fact]
    public void A_picture_that_nothing_here_decodes()
    {
        string input = MediaSources.Make("magic.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -c:v magicyuv -pix_fmt yuv420p");
        IsInputError(Refused("360p-h264", input), "no decoder for magicyuv");
    }

    [Fact]
    public void A_picture_of_noise_only()
    {
        string input = MediaSources.Make("noise.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bsf:v noise=amount=1");
        MediaException error = Refused("360p-h264", input);
        Assert.Equal(ErrorClass.Input, error.Class);
    }

    [Fact]
    public void A_few_damaged_packets_cost_a_note_and_not_the_job()
    {
        string input = MediaSources.Make("scratched.mkv", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=3 -c:v mpeg2video -g 10 -b:v 2M -bsf:v noise=amount='if(eq(n,33),1,0)'");
        Transcoded made = Transcode("360p25-h264", input);
        Assert.InRange(made.Report.Frames, 74, 76);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void A_last_picture_that_claims_to_last_for_hours_is_shown_like_the_others(string extension)
    {
        string input = MediaSources.Make(
            $"endless.{extension}", $"-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bsf:v setts=duration='if(eq(N,24),7200/TB,DURATION)'");
        Transcode("360p-h264", input).IsSound(25, 640, 360);
    }

    [Fact]
    public void A_playlist_opens_nothing()
    {
        string clip = MediaSources.Clip(extension: "ts");
        string path = NewPath("list.m3u8");
        File.WriteAllText(path, $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{clip}\n#EXT-X-ENDLIST\n");
        IsInputError(Refused("360p-h264", path), "not a media file");
        File.WriteAllText(path, $"ffconcat version 1.0\nfile '{clip}'\n");
        IsInputError(Refused("360p-h264", path), "not a media file");
    }

    [Fact]
    public void A_subtitle_file()
    {
        string path = NewPath("words.srt");
        File.WriteAllText(path, "1\n00:00:00,000 --> 00:00:02,000\nHello\n");
        IsInputError(Refused("360p-h264", path), "not a media file");
    }

    [Theory]
    [InlineData("360p-h264-nvenc", "NVENC")]
    [InlineData("360p-h264-qsv", "QSV")]
    [InlineData("360p-hevc-vaapi", "VAAPI")]
    public void An_encoder_that_this_host_lacks(string scenario, string name)
    {
        Assert.SkipWhen(scenario.EndsWith("nvenc", StringComparison.Ordinal) && File.Exists("/dev/nvidia0"), "this host has an NVIDIA GPU");
        MediaException error = Refused(scenario, MediaSources.Clip(seconds: 1));
        Assert.Equal(ErrorClass.Capability, error.Class);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_a_resource_error()
    {
        const string Full = "/dev/full";
        Assert.SkipUnless(File.Exists(Full), "this host has no /dev/full");
        using SafeFileHandle output = File.OpenHandle(Full, FileMode.Open, FileAccess.ReadWrite);
        MediaException error = Assert.Throws<MediaException>(() => Run(Scenario("360p-h264"), MediaSources.Clip(), output, CancellationToken.None));
        Assert.Equal(ErrorClass.Resource, error.Class);
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_is_full_when_the_index_is_written_is_a_resource_error()
    {
        // At the end everything moves back by the length of the index to make room for it: a disk that holds one but not both is found full only then.
        const int Page = 4096;
        string input = MediaSources.Make("many.mp4", "-f lavfi -i color=size=640x360:rate=60:duration=14 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        Transcoded made = Transcode("360p-h264", input);
        byte[] whole = File.ReadAllBytes(made.Path);
        int media = whole.AsSpan().IndexOf("mdat"u8);
        Assert.InRange(media, 2 * Page, whole.Length);
        using SmallDisk disk = SmallDisk.Make(whole.Length - media + Page);
        using SafeFileHandle output = File.OpenHandle(disk.Combine("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        MediaException error = Assert.Throws<MediaException>(() => Run(Scenario("360p-h264"), input, output, CancellationToken.None));
        Assert.Equal(ErrorClass.Resource, error.Class);
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_input_throws_comes_out_as_it_was_thrown()
    {
        string clip = MediaSources.Clip();
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        foreach (long from in (ReadOnlySpan<long>)[0, 20_000])
        {
            using var input = new BreakingInput(clip, from);
            MediaException error = Assert.Throws<MediaException>(() => Transcoder.Run(
                new TranscodeRequest { Settings = Scenario("360p-h264"), Input = input, Outputs = [output] }, new Recorder(), CancellationToken.None));
            Assert.Equal(ErrorClass.Network, error.Class);
            Assert.Equal("fetch the input: the server went away; try again", error.Message);
        }
    }

    [Fact]
    public void A_pipe()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var end = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        IsInputError(Assert.Throws<MediaException>(() => new FileInput(end)), "not a regular file");
    }

    private static void IsInputError(MediaException error, string part)
    {
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>An input whose bytes stop coming at an offset.</summary>
    private sealed class BreakingInput(string path, long from) : MediaInput
    {
        private readonly FileInput _file = new(File.OpenHandle(path));

        public override long Length => _file.Length;

        public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop) => offset + buffer.Length > from && offset < Length - 20_000
            ? throw new MediaException(ErrorClass.Network, "fetch the input: the server went away; try again")
            : _file.ReadAt(offset, buffer, stop);

        protected override void Dispose(bool disposing)
        {
            _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
