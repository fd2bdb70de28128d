using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>One call of each shape: structs by value, arrays by reference, arrays of C#, callbacks both ways. Compiles against the package too.</summary>
public sealed unsafe class CallTests
{
    [Fact]
    public void Structs_are_passed_and_returned_by_value()
    {
        SharedLibraries.Require();
        var half = ffmpeg.av_mul_q(new AVRational { num = 2, den = 3 }, new AVRational { num = 3, den = 4 });
        Assert.Equal((1, 2), (half.num, half.den));
        Assert.Equal(90_000, ffmpeg.av_rescale_q(1, ffmpeg.av_make_q(1, 1), ffmpeg.av_make_q(1, 90_000)));
        var layout = new AVChannelLayout();
        ffmpeg.av_channel_layout_default(&layout, 6);
        Assert.Equal((6, ffmpeg.AV_CH_LAYOUT_5POINT1_BACK), (layout.nb_channels, layout.u.mask));
    }

    [Fact]
    public void Inline_functions_agree_with_their_definition()
    {
        Assert.Equal(0.5, ffmpeg.av_q2d(ffmpeg.av_make_q(1, 2)));
        Assert.Equal((3, 2), (ffmpeg.av_inv_q(ffmpeg.av_make_q(2, 3)).num, ffmpeg.av_inv_q(ffmpeg.av_make_q(2, 3)).den));
        Assert.Equal(0, ffmpeg.av_cmp_q(ffmpeg.av_make_q(1, 2), ffmpeg.av_make_q(2, 4)));
        Assert.Equal(-1, ffmpeg.av_cmp_q(ffmpeg.av_make_q(1, 3), ffmpeg.av_make_q(1, 2)));
        Assert.Equal(1, ffmpeg.av_cmp_q(ffmpeg.av_make_q(-1, -2), ffmpeg.av_make_q(1, 3)));
        Assert.Equal(int.MinValue, ffmpeg.av_cmp_q(ffmpeg.av_make_q(0, 0), ffmpeg.av_make_q(1, 3)));
        Assert.Equal(-11, ffmpeg.AVERROR(ffmpeg.EAGAIN));
        Assert.Equal(0x31637668, ffmpeg.MKTAG('h', 'v', 'c', '1'));
    }

    [Fact]
    public void Arrays_are_filled_in_place_and_refuse_an_index_past_their_end()
    {
        SharedLibraries.Require();
        byte_ptrArray4 planes = default;
        int_array4 strides = default;
        var bytes = ffmpeg.av_image_alloc(ref planes, ref strides, 64, 32, AVPixelFormat.AV_PIX_FMT_YUV420P, 32);
        Assert.Equal(64 * 32 * 3 / 2, bytes);
        Assert.Equal([64, 32, 32, 0], strides.ToArray());
        Assert.True(planes[1] - planes[0] == 64 * 32);
        Assert.Throws<ArgumentOutOfRangeException>(() => new byte_ptrArray4()[4] is null);
        var first = planes[0];
        ffmpeg.av_freep(&first);

        int_array9 matrix = default;
        // Set turns clockwise, get tells the angle counterclockwise.
        ffmpeg.av_display_rotation_set(ref matrix, 90);
        Assert.Equal(-90, ffmpeg.av_display_rotation_get(in matrix), 3);
        matrix.UpdateFrom([65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30]);
        Assert.Equal(0, ffmpeg.av_display_rotation_get(in matrix), 3);
    }

    [Fact]
    public void Pictures_are_scaled_through_arrays_of_planes()
    {
        SharedLibraries.Require();
        const int Width = 16, Height = 16;
        var context = ffmpeg.sws_getContext(Width, Height, AVPixelFormat.AV_PIX_FMT_GRAY8, Width / 2, Height / 2, AVPixelFormat.AV_PIX_FMT_GRAY8, ffmpeg.SWS_BILINEAR, null, null, null);
        var source = stackalloc byte[Width * Height];
        var target = stackalloc byte[Width * Height / 4];
        new Span<byte>(source, Width * Height).Fill(100);
        var rows = ffmpeg.sws_scale(context, [source, null, null, null], [Width, 0, 0, 0], 0, Height, [target, null, null, null], [Width / 2, 0, 0, 0]);
        ffmpeg.sws_freeContext(context);
        Assert.Equal(Height / 2, rows);
        Assert.All(new Span<byte>(target, Width * Height / 4).ToArray(), pixel => Assert.InRange(pixel, 99, 101));
    }

    private static int _freed;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* opaque, byte* data)
    {
        _freed = (int)(nint)opaque;
        NativeMemory.Free(data);
    }

    [Fact]
    public void A_callback_is_an_unmanaged_function_pointer()
    {
        SharedLibraries.Require();
        var free = new av_buffer_create_free_func { Pointer = (IntPtr)(delegate* unmanaged[Cdecl]<void*, byte*, void>)&Free };
        var buffer = ffmpeg.av_buffer_create((byte*)NativeMemory.Alloc(16), 16, free, (void*)42, ffmpeg.AV_BUFFER_FLAG_READONLY);
        Assert.Equal((16ul, 0), (buffer->size, ffmpeg.av_buffer_is_writable(buffer)));
        ffmpeg.av_buffer_unref(&buffer);
        Assert.True(buffer is null);
        Assert.Equal(42, _freed);
    }

    [Fact]
    public void A_callback_may_also_be_a_delegate_that_something_keeps_alive()
    {
        SharedLibraries.Require();
        var asked = 0;
        avio_alloc_context_read_packet read = (_, into, size) =>
        {
            asked = size;
            new Span<byte>(into, 3).Fill(7);
            return 3;
        };
        var memory = (byte*)ffmpeg.av_malloc(4096);
        var io = ffmpeg.avio_alloc_context(memory, 4096, 0, null, read, default, default);
        var bytes = stackalloc byte[3];
        Assert.Equal(3, ffmpeg.avio_read(io, bytes, 3));
        Assert.Equal(3, ffmpeg.avio_tell(io));
        Assert.Equal(4096, asked);
        Assert.Equal([7, 7, 7], new Span<byte>(bytes, 3).ToArray());
        GC.KeepAlive(read);
        ffmpeg.av_freep(&io->buffer);
        ffmpeg.avio_context_free(&io);
    }
}
