namespace FFmpeg.AutoGen.Tests;

/// <summary>Text goes to C as UTF-8 and comes back as it was, on the stack or not.</summary>
public sealed unsafe class TextTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(84)]
    [InlineData(85)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(100_000)]
    public void Text_of_any_length_survives_the_way_through_a_dictionary(int length)
    {
        SharedLibraries.Require();
        var value = string.Concat(Enumerable.Range(0, length).Select(i => (i % 4) switch { 0 => "a", 1 => "é", 2 => "水", _ => "🎬" }));
        AVDictionary* dictionary = null;
        try
        {
            Assert.True(ffmpeg.av_dict_set(&dictionary, "clé", value, 0) >= 0);
            var entry = ffmpeg.av_dict_get(dictionary, "clé", null, 0);
            Assert.True(entry is not null);
            Assert.Equal(value, System.Runtime.InteropServices.Marshal.PtrToStringUTF8((IntPtr)entry->value));
        }
        finally
        {
            ffmpeg.av_dict_free(&dictionary);
        }
    }

    [Fact]
    public void Null_text_stays_null()
    {
        SharedLibraries.Require();
        AVDictionary* dictionary = null;
        ffmpeg.av_dict_set(&dictionary, "key", "value", 0);
        // A null value takes the entry away.
        ffmpeg.av_dict_set(&dictionary, "key", null, 0);
        Assert.Equal(0, ffmpeg.av_dict_count(dictionary));
        ffmpeg.av_dict_free(&dictionary);
    }

    [Fact]
    public void Constant_text_of_the_library_is_returned_and_not_freed()
    {
        SharedLibraries.Require();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("yuv420p", ffmpeg.av_get_pix_fmt_name(AVPixelFormat.AV_PIX_FMT_YUV420P));
            Assert.Equal("h264", ffmpeg.avcodec_get_name(AVCodecID.AV_CODEC_ID_H264));
        }
        Assert.Null(ffmpeg.av_get_pix_fmt_name((AVPixelFormat)(-1)));
        Assert.StartsWith("7.1.", ffmpeg.av_version_info());
    }
}
