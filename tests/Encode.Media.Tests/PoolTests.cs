using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using Encode.TestKit;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>Memory of pictures: what decoders get, the limit, and what is left when a job is over.</summary>
public sealed unsafe class PoolTests : MediaTest
{
    /// <summary>Codec arguments of ffmpeg, pixel formats with and without chroma at half size, and sides that no block size divides.</summary>
    public static TheoryData<string, string> Decoded => new()
    {
        { "h264-odd.mkv", "-f lavfi -i testsrc2=size=334x218:rate=25:duration=1 -c:v libx264 -preset veryfast -pix_fmt yuv420p" },
        { "h264-422.mkv", "-f lavfi -i testsrc2=size=322x182:rate=25:duration=1 -c:v libx264 -preset veryfast -pix_fmt yuv422p10le" },
        { "h264-fields.mkv", "-f lavfi -i testsrc2=size=720x576:rate=25:duration=1 -c:v libx264 -preset veryfast -pix_fmt yuv420p -flags +ildct+ilme" },
        { "hevc-10.mkv", "-f lavfi -i testsrc2=size=418x234:rate=25:duration=1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none" },
        { "mpeg2.ts", "-f lavfi -i testsrc2=size=352x288:rate=25:duration=1 -c:v mpeg2video -bf 2 -pix_fmt yuv420p" },
        { "mjpeg.mkv", "-f lavfi -i testsrc2=size=321x181:rate=25:duration=1 -c:v mjpeg -pix_fmt yuvj444p" },
        { "prores.mov", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v prores_ks -pix_fmt yuv422p10le" },
        { "av1.mkv", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v libsvtav1 -preset 12 -pix_fmt yuv420p10le" },
    };

    [Theory]
    [MemberData(nameof(Decoded))]
    public void Pictures_from_the_pool_are_those_of_libavs_own_memory(string name, string arguments)
    {
        string clip = MediaSources.Make($"pool-{name}", arguments);
        Assert.Equal(DecodedClip.ChecksumByFFmpeg(clip), DecodedClip.Checksum(clip, threads: 3));
        Assert.Equal(0, PictureMemory.Counts.Bytes);
    }

    [Fact]
    public void A_picture_lies_in_one_region_with_aligned_planes_and_room_behind_each()
    {
        using PicturePool pool = NewPool();
        AVFrame* frame = NewFrame(1919, 1079, AVPixelFormat.AV_PIX_FMT_YUV420P);
        pool.Get(frame, "test");
        Assert.True(frame->buf[0] is not null && frame->buf[1] is null);
        for (uint i = 0; i < 3; i++)
        {
            Assert.Equal(0, (long)frame->data[i] % 32);
            Assert.Equal(0, frame->linesize[i] % 32);
            int lines = i == 0 ? 1079 : 540;
            byte* end = frame->data[i] + (lines * frame->linesize[i]) + 16;
            Assert.True(end <= (i < 2 ? frame->data[i + 1] : frame->buf[0]->data + frame->buf[0]->size));
        }

        ffmpeg.av_frame_free(&frame);
    }

    [Fact]
    public void A_picture_that_another_job_had_reads_as_zeros()
    {
        for (int job = 0; job < 3; job++)
        {
            using PicturePool pool = NewPool();
            AVFrame* frame = NewFrame(1280, 720, AVPixelFormat.AV_PIX_FMT_YUV420P);
            pool.Get(frame, "test");
            var luma = new Span<byte>(frame->data[0], 720 * frame->linesize[0]);
            Assert.Equal(-1, luma.IndexOfAnyExcept((byte)0));
            luma.Fill(200);
            ffmpeg.av_frame_free(&frame);
        }
    }

    [Fact]
    public void A_picture_outlives_its_pool()
    {
        AVFrame* frame = NewFrame(640, 360, AVPixelFormat.AV_PIX_FMT_YUV420P);
        using (PicturePool pool = NewPool())
        {
            pool.Get(frame, "test");
        }

        new Span<byte>(frame->data[0], 360 * frame->linesize[0]).Fill(1);
        Assert.Equal(1, PictureMemory.Counts.Regions);
        ffmpeg.av_frame_free(&frame);
        Assert.Equal(0, PictureMemory.Counts.Regions);
        Assert.Equal(0, PictureMemory.Counts.Bytes);
    }

    [Fact]
    public void A_new_size_starts_the_pool_anew_and_the_old_memory_goes()
    {
        using PicturePool pool = NewPool();
        for (int width = 64; width < 1024; width += 64)
        {
            AVFrame* frame = NewFrame(width, 480, AVPixelFormat.AV_PIX_FMT_YUV420P);
            pool.Get(frame, "test");
            Assert.Equal(1, PictureMemory.Counts.Regions);
            ffmpeg.av_frame_free(&frame);
        }
    }

    [Fact]
    public void What_is_kept_between_jobs_has_a_bound()
    {
        MediaRuntime.Initialize();
        PictureMemory.Trim();
        for (int height = 64; height <= 2160; height += 16)
        {
            using PicturePool pool = NewPool();
            AVFrame* frame = NewFrame(3840, height, AVPixelFormat.AV_PIX_FMT_YUV420P);
            pool.Get(frame, "test");
            ffmpeg.av_frame_free(&frame);
        }

        Assert.InRange(PictureMemory.Counts.Kept, 1, 160 << 20);
        PictureMemory.Trim();
        Assert.Equal(0, PictureMemory.Counts.Kept);
    }

    [Fact]
    public void At_the_limit_a_job_fails_as_resource_and_the_limit_is_named()
    {
        string clip = MediaSources.Clip();
        MediaRuntime.Initialize();
        long limit = PictureMemory.Counts.Limit;
        try
        {
            PictureMemory.SetLimit(1 << 20);
            MediaException error = Refused("360p-h264", clip);
            Assert.Equal(ErrorClass.Resource, error.Class);
            Assert.StartsWith("decode h264 stream 0: no memory for another picture within the 1 MiB that one process may use for them; ", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            PictureMemory.SetLimit(limit);
        }

        // The next job finds nothing of it.
        Assert.Equal(0, PictureMemory.Counts.Bytes);
        Transcode("360p30-h264", clip);
    }

    [Fact]
    public void A_region_of_a_large_picture_has_large_pages_where_the_kernel_gives_them()
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        Assert.SkipUnless(File.Exists(Setting) && !File.ReadAllText(Setting).Contains("[never]", StringComparison.Ordinal), $"{Setting} says that this kernel gives no large pages");
        using PicturePool pool = NewPool();
        AVFrame* frame = NewFrame(3840, 2160, AVPixelFormat.AV_PIX_FMT_YUV420P);
        PictureMemory.Trim();
        pool.Get(frame, "test");
        Assert.Equal(0, (long)frame->buf[0]->data % (2 << 20));
        bool asked = LargePagesAt((nint)frame->buf[0]->data, out long bytes);
        ffmpeg.av_frame_free(&frame);
        Assert.SkipUnless(asked, "large pages proved dear on this host, so this process asks for no more");
        Assert.SkipUnless(bytes > 0, "the kernel has no free large page just now");
        Assert.True(bytes >= 2 << 20);
    }

    private static PicturePool NewPool()
    {
        MediaRuntime.Initialize();
        return new PicturePool();
    }

    private static AVFrame* NewFrame(int width, int height, AVPixelFormat format)
    {
        AVFrame* frame = ffmpeg.av_frame_alloc();
        frame->width = width;
        frame->height = height;
        frame->format = (int)format;
        return frame;
    }

    /// <summary>Reads the kernel's account of the mapping that holds an address.</summary>
    /// <returns>Whether large pages were asked for.</returns>
    private static bool LargePagesAt(nint address, out long bytes)
    {
        string[] account = [.. File.ReadLines("/proc/self/smaps").SkipWhile(line => !Holds(line, address)).Skip(1).TakeWhile(line => !IsMapping(line))];
        string huge = account.Single(line => line.StartsWith("AnonHugePages:", StringComparison.Ordinal));
        bytes = 1024 * long.Parse(huge.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return account.Single(line => line.StartsWith("VmFlags:", StringComparison.Ordinal)).Split(' ').Contains("hg");
    }

    /// <summary>A mapping's account starts with its addresses, as in <c>7f1200000000-7f1200400000 rw-p</c>.</summary>
    private static bool IsMapping(string line) => line.IndexOf('-', StringComparison.Ordinal) is > 0 and < 17 && char.IsAsciiHexDigitLower(line[0]);

    private static bool Holds(string line, nint address)
    {
        if (!IsMapping(line))
        {
            return false;
        }

        string[] ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
        return nint.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= address && address < nint.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
