using Encode.Media.Frames;
using Encode.Media.Libav;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>The order in which a muxer is used.</summary>
public sealed class FormatWriterTests : MediaTest
{
    [Fact]
    public void Nothing_is_written_before_the_header()
    {
        MediaRuntime.Initialize();
        using SafeFileHandle file = File.OpenHandle(NewPath("out.mkv"), FileMode.CreateNew, FileAccess.ReadWrite);
        using FormatWriter writer = new(file, "matroska", CancellationToken.None);
        using PacketPool pool = new();
        using MediaPacket packet = pool.Rent();
        foreach (Action write in (Action[])[() => writer.Write(packet), () => writer.Advance(0, 0), writer.Cut, writer.WriteTrailer])
        {
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(write);
            Assert.Equal("write to the matroska muxer: its header has not been written; call WriteHeader before anything else is written", error.Message);
        }

        Assert.Equal(0, writer.BytesWritten);
    }
}
