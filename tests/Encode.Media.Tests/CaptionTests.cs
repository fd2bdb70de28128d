using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Captions that travel in the picture (ATSC A/53 part 4).</summary>
public sealed class CaptionTests : MediaTest
{
    /// <summary>User data of a picture with one pair of caption bytes: start code, identifier, type, one pair, field 1.</summary>
    private static ReadOnlySpan<byte> Captions => [0, 0, 1, 0xB2, (byte)'G', (byte)'A', (byte)'9', (byte)'4', 3, 0x41, 0xFF, 0xFC, 0x94, 0x20, 0xFF];

    [Theory]
    [InlineData("360p24-h264", 24)]
    [InlineData("360p60-h264", 24)]
    public void Each_caption_comes_once(string scenario, int captions)
    {
        string plain = MediaSources.Make("plain.m2v", "-f lavfi -i testsrc2=size=640x360:rate=24:duration=1 -c:v mpeg2video -b:v 2M");
        string captioned = MediaSources.MakeFrom("captioned.m2v", "captions into " + plain, path => File.WriteAllBytes(path, WithCaptions(File.ReadAllBytes(plain))));
        string input = MediaSources.MakeFrom("captioned.ts", captioned, path => MediaTools.RunFFmpeg("-i", captioned, "-c", "copy", "-bsf:v", "setts=ts=N:duration=1:time_base=1/24", path));
        Transcoded made = Transcode(scenario, input);
        Assert.Equal(captions, CaptionedPictures(input));
        Assert.Equal(captions, CaptionedPictures(made.Path));
    }

    /// <summary>Puts captions before the first slice of each picture.</summary>
    private static byte[] WithCaptions(ReadOnlySpan<byte> stream)
    {
        ReadOnlySpan<byte> firstSlice = [0, 0, 1, 1];
        var made = new MemoryStream();
        for (int at; (at = stream.IndexOf(firstSlice)) >= 0; stream = stream[(at + firstSlice.Length)..])
        {
            made.Write(stream[..at]);
            made.Write(Captions);
            made.Write(firstSlice);
        }

        made.Write(stream);
        return made.ToArray();
    }

    private static int CaptionedPictures(string path)
    {
        byte[] text = MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-select_streams", "v", "-show_frames", "-show_entries", "frame=pts:side_data_list", "-of", "json", path);
        return System.Text.Encoding.UTF8.GetString(text).Split("Closed Captions").Length - 1;
    }
}
