using System.Buffers.Binary;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Borders that a container hides.</summary>
public sealed unsafe class CroppingTests : MediaTest
{
    private const string Codec = "-c:v libx264 -preset ultrafast -qp 5 -pix_fmt yuv420p";

    [Theory]
    [InlineData("matroska", false)]
    [InlineData("mp4", false)]
    [InlineData("mp4", true)]
    public void What_the_container_hides_is_not_encoded(string format, bool isTrackOfWhatIsSeen)
    {
        string plain = MediaSources.Make("inner.mkv", $"-f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4 {Codec}");
        string framed = MediaSources.Make("framed.mkv", $"-f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4,pad=360:240:24:20:white {Codec}");
        string cropped = NewPath($"cropped.{format}");
        // Above, below, left and right.
        Crop(framed, cropped, format, 20, 40, 24, 16);
        if (isTrackOfWhatIsSeen)
        {
            SetTrackSize(cropped, 320, 180);
        }

        EncodeSettings settings = Scenario("360p25-h264");
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { Upscale = false, RateControl = RateControlMode.Crf, Crf = 5 }] }, cropped).IsSound(10, 320, 180);

        byte[] expected = MediaSignal.Picture(plain, 2, 64, 36);
        byte[] actual = MediaSignal.Picture(made.Path, 2, 64, 36);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Average(), 0, 3);
    }

    [Fact]
    public void A_cropping_that_leaves_nothing_is_left_out()
    {
        MediaRuntime.Initialize();
        using FramePool frames = new();
        using FilterGraph pictures = FilterGraph.OpenGenerator(isVideo: true, "testsrc2=size=320x180", threads: 1);
        using MediaFrame frame = frames.Rent();
        pictures.Receive(frame);

        new ContainerCropping(100, 80, 0, 0).Apply(frame);
        new ContainerCropping(0, 0, uint.MaxValue, uint.MaxValue).Apply(frame);
        Assert.Equal((320, 180), (frame.Native->width, frame.Native->height));
        new ContainerCropping(100, 78, 160, 158).Apply(frame);
        Assert.Equal((2, 2), (frame.Native->width, frame.Native->height));
    }

    /// <summary>Writes another size into the head of an MP4's track: its last two numbers, of 16 bits before and behind the point (ISO/IEC 14496-12, 8.3.2).</summary>
    private static void SetTrackSize(string path, int width, int height)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int at = bytes.AsSpan().IndexOf("tkhd"u8) - 4;
        int end = at + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(end - 8), width << 16);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(end - 4), height << 16);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Copies the picture into a container that hides its borders; no option of the command line does that.</summary>
    private static void Crop(string from, string to, string format, params ReadOnlySpan<uint> borders)
    {
        MediaRuntime.Initialize();
        using FileInput file = new(File.OpenHandle(from));
        using InputContext input = InputContext.Open(file, CancellationToken.None);
        AVStream* stream = input.Context->streams[0];
        using EncodedTrack track = EncodedTrack.Of(new TrackLabel(0, TrackKind.Video, "v0"), stream->codecpar, stream->time_base);
        AVCodecParameters* parameters = track.Parameters;
        AVPacketSideData* data = ffmpeg.av_packet_side_data_new(
            &parameters->coded_side_data, &parameters->nb_coded_side_data, AVPacketSideDataType.AV_PKT_DATA_FRAME_CROPPING, 4 * sizeof(uint), 0);
        for (int i = 0; i < borders.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(data->data + (i * sizeof(uint)), sizeof(uint)), borders[i]);
        }

        using SafeFileHandle output = File.OpenHandle(to, FileMode.CreateNew, FileAccess.ReadWrite);
        using FormatWriter writer = new(output, format, CancellationToken.None);
        writer.Add(track);
        writer.WriteHeader();
        using PacketPool pool = new();
        while (true)
        {
            using MediaPacket packet = pool.Rent();
            if (!input.Read(packet))
            {
                break;
            }

            writer.Write(packet);
        }

        writer.WriteTrailer();
    }
}
