using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

public sealed unsafe class DvbSubtitleTests
{
    [Theory]
    [InlineData(5, new byte[] { 0x0F, 0x10, 0, 1, 0, 2, 5, 0x04, 0x0F, 0x80, 0, 1, 0, 0 })]
    [InlineData(7, new byte[] { 0x20, 0, 0x0F, 0x14, 0, 1, 0, 1, 9, 0x0F, 0x10, 0, 1, 0, 2, 7, 0x04, 0xFF })]
    [InlineData(255, new byte[] { 0x0F, 0x80, 0, 1, 0, 0 })]
    [InlineData(255, new byte[] { 0x0F, 0x10, 0, 1, 0, 2 })]
    [InlineData(255, new byte[] { 0x0F, 0x14, 0, 1, 0xFF, 0xFF, 1 })]
    [InlineData(255, new byte[0])]
    public void A_page_says_how_long_it_is_shown(int seconds, byte[] bytes)
    {
        fixed (byte* data = bytes)
        {
            AVPacket packet = new() { data = data, size = bytes.Length };

            Assert.Equal(seconds, DvbSubtitle.TimeOutOf(&packet));
        }
    }
}
