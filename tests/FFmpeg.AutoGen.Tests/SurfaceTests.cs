using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>
/// What the libraries can do is what <c>surface.txt</c> says, name by name, so that the part of FFmpeg that meets strangers' files
/// cannot grow unseen. After a wanted change to native/ffmpeg-parts.tsv, copy the list that the failing test prints.
/// </summary>
public sealed unsafe class SurfaceTests
{
    private static readonly Version OldestFFmpeg = new(7, 1, 5);

    [Fact]
    public void The_libraries_are_of_the_release_that_was_reviewed()
    {
        Version version = Version.Parse(ffmpeg.av_version_info());
        Assert.True(version.Major == 7 && version.Minor == 1 && version >= OldestFFmpeg, $"FFmpeg {version} is not 7.1 from {OldestFFmpeg} on");
    }

    [Fact]
    public void What_is_enabled_is_what_is_listed()
    {
        string[] listed = File.ReadAllLines(RepositoryRoot.Combine("tests", "FFmpeg.AutoGen.Tests", "surface.txt"));
        string[] enabled = [.. Enabled().Order(StringComparer.Ordinal)];
        Assert.True(listed.SequenceEqual(enabled),
            $"added: {string.Join(", ", enabled.Except(listed))}\nmissing: {string.Join(", ", listed.Except(enabled))}\nthe whole list:\n{string.Join('\n', enabled)}");
    }

    [Theory]
    [InlineData("hls")]
    [InlineData("dash")]
    [InlineData("concat")]
    [InlineData("image2")]
    [InlineData("applehttp")]
    [InlineData("sdp")]
    [InlineData("rtsp")]
    public void No_demuxer_opens_other_files_or_the_network(string name) =>
        Assert.True(ffmpeg.av_find_input_format(name) == null, $"the demuxer {name} is built in");

    private static List<string> Enabled()
    {
        List<string> names = [];
        void* state = null;
        for (AVInputFormat* format; (format = ffmpeg.av_demuxer_iterate(&state)) != null;)
        {
            names.Add("demuxer " + Text(format->name));
        }

        state = null;
        for (AVOutputFormat* format; (format = ffmpeg.av_muxer_iterate(&state)) != null;)
        {
            names.Add("muxer " + Text(format->name));
        }

        state = null;
        for (AVCodec* codec; (codec = ffmpeg.av_codec_iterate(&state)) != null;)
        {
            names.Add((ffmpeg.av_codec_is_encoder(codec) != 0 ? "encoder " : "decoder ") + Text(codec->name));
        }

        state = null;
        for (AVFilter* filter; (filter = ffmpeg.av_filter_iterate(&state)) != null;)
        {
            names.Add("filter " + Text(filter->name));
        }

        state = null;
        for (AVBitStreamFilter* filter; (filter = ffmpeg.av_bsf_iterate(&state)) != null;)
        {
            names.Add("bsf " + Text(filter->name));
        }

        foreach (int output in new[] { 0, 1 })
        {
            state = null;
            while (ffmpeg.avio_enum_protocols(&state, output) is { } protocol)
            {
                names.Add($"protocol {protocol} ({(output == 0 ? "in" : "out")})");
            }
        }

        return names;
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;
}
