using System.Buffers.Binary;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Pipeline;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>Dolby Vision that only the pictures tell of; nothing here can make such a stream, so the metadata of a decoder is written by hand.</summary>
public sealed unsafe class DolbyVisionTests
{
    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 0, false)]
    public void Pictures_that_only_its_own_decoders_show_are_a_settings_error(byte profile, byte fullRange, bool isRefused)
    {
        const int Header = 24;
        MediaRuntime.Initialize();
        using FramePool frames = new();
        using MediaFrame frame = frames.Rent();
        DolbyVision.Check(frame.Native);
        AVFrameSideData* data = ffmpeg.av_frame_new_side_data(frame.Native, AVFrameSideDataType.AV_FRAME_DATA_DOVI_METADATA, Header + 20);
        Span<byte> bytes = new(data->data, (int)data->size);
        bytes.Fill(0xFF);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Header);
        (bytes[Header + 4], bytes[Header + 10]) = (profile, fullRange);

        MediaException? error = Record.Exception(() => DolbyVision.Check(frame.Native)) as MediaException;

        Assert.Equal(isRefused ? ErrorClass.Settings : null, error?.Class);
        // One that says that its header lies outside says nothing.
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        DolbyVision.Check(frame.Native);
    }
}
