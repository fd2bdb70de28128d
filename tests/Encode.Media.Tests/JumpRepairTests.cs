using Encode.Media.Pipeline;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>Where packets go when clocks jump; times in milliseconds.</summary>
public sealed unsafe class JumpRepairTests
{
    private const int Picture = 0;
    private const int Sound = 1;
    private const int Subtitle = 2;

    private readonly JumpRepair _repair = new();

    [Theory]
    [InlineData(Sound, Picture)]
    [InlineData(Picture, Sound)]
    public void Streams_stay_together_whichever_comes_first_and_however_long_one_was_silent(int first, int second)
    {
        Play(Picture, 0, 14_000);
        Play(Sound, 0, 4000);

        Assert.Equal((14_000, 14_000), (At(first, 0), At(second, 0)));
        Assert.Equal((14_040, 14_040), (At(first, 40), At(second, 40)));
    }

    [Fact]
    public void A_stream_that_lags_a_little_keeps_its_distance()
    {
        Play(Picture, 0, 5000);
        Play(Sound, 0, 4400);

        Assert.Equal(5000, At(Picture, 100_000));
        Assert.Equal(4400, At(Sound, 99_400));
        Assert.Equal(4480, At(Sound, 99_480));
    }

    [Fact]
    public void Old_packets_of_the_one_keep_their_clock_when_the_other_has_jumped()
    {
        Play(Picture, 0, 15_000);
        Play(Sound, 0, 14_400);

        Assert.Equal(15_000, At(Picture, 0));
        Assert.Equal(14_400, At(Sound, 14_400));
        Assert.Equal(14_440, At(Sound, 14_440));
        Assert.Equal(15_000, At(Sound, 0));
    }

    [Fact]
    public void A_page_that_is_sent_ahead_does_not_hold_the_picture_up()
    {
        Play(Picture, 0, 5000);
        Play(Subtitle, 8000, 8040);

        Assert.Equal(5000, At(Picture, 100_000));
        Assert.Equal(12_000, At(Subtitle, 107_000));
    }

    [Fact]
    public void A_page_that_jumps_first_does_not_say_where_the_picture_goes()
    {
        Play(Picture, 0, 40_000);
        Play(Subtitle, 36_000, 36_040);

        At(Subtitle, 1_000_000);
        Assert.Equal(40_000, At(Picture, 998_200));
        Assert.Equal(46_800, At(Subtitle, 1_005_000));
    }

    [Fact]
    public void A_hole_is_no_jump()
    {
        Play(Picture, 0, 30_000);
        Play(Sound, 0, 4000);
        Play(Subtitle, 0, 40);

        Assert.Equal(30_000, At(Sound, 30_000));
        Assert.Equal(30_500, At(Subtitle, 30_500));
    }

    [Fact]
    public void A_line_in_a_hole_of_the_picture_tells_that_it_is_one()
    {
        Play(Picture, 0, 4000);

        Assert.Equal(28_000, At(Subtitle, 28_000));
        Assert.Equal(30_000, At(Picture, 30_000));
    }

    [Fact]
    public void A_packet_without_times_stays_without()
    {
        AVPacket packet = new() { pts = ffmpeg.AV_NOPTS_VALUE, dts = ffmpeg.AV_NOPTS_VALUE };
        _repair.Apply(&packet, new AVRational { num = 1, den = 1000 }, isSparse: false);

        Assert.Equal((ffmpeg.AV_NOPTS_VALUE, ffmpeg.AV_NOPTS_VALUE), (packet.pts, packet.dts));
    }

    private void Play(int stream, long from, long to)
    {
        for (long time = from; time < to; time += 40)
        {
            Assert.Equal(time, At(stream, time));
        }
    }

    private long At(int stream, long time)
    {
        AVPacket packet = new() { stream_index = stream, pts = time, dts = time, duration = 40 };
        _repair.Apply(&packet, new AVRational { num = 1, den = 1000 }, isSparse: stream == Subtitle);
        Assert.Equal(packet.pts, packet.dts);
        return packet.pts;
    }
}
