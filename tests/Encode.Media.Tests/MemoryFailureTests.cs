using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Memory that fails in the middle of a run: the run ends with a sentence, and every picture and packet goes back to its pool.</summary>
public sealed unsafe class MemoryFailureTests : MediaTest
{
    /// <summary>More than libav needs for a reference, less than the captions of two pictures or of one at a low rate.</summary>
    private const int Scarce = 80;

    private const int CaptionBytes = 45;

    [Theory]
    [InlineData("of a picture that is dropped unfiltered", 25, 0.001, false)]
    [InlineData("of a picture that is dropped behind the filters", 25, 0.001, true)]
    [InlineData("of a picture that is shown", 60, 0.1, false)]
    public void Captions_that_find_none_keep_no_picture(string captions, int sourceRate, double second, bool ofFields)
    {
        MediaRuntime.Initialize();
        using SafeFileHandle file = File.OpenHandle(NewPath("out"), FileMode.CreateNew, FileAccess.ReadWrite);
        EncodeSettings settings = Scenario("360p-h264");
        settings = settings with { Video = [settings.Video[0] with { BoxWidth = 320, BoxHeight = 180, Deinterlace = Deinterlacing.Off }], Audio = [] };
        using var run = new TranscodeRun(new TranscodeRequest { Settings = settings, Outputs = [file] }, RunPurpose.Encode);
        RenditionLane lane = run.Renditions[0];
        lane.Rate = new Rational(sourceRate == 25 ? 25 : 20, 1);
        Send(run, lane, 0, ofFields);
        Send(run, lane, second, ofFields);
        lane.Decoded.Complete();
        var stage = new VideoFilterStage(run, lane, new Rational(sourceRate, 1), Orientation.Upright, new AVRational { num = 1, den = 1 });
        MediaException error;
        using (new ScarceMemory(Scarce))
        {
            error = Assert.Throws<MediaException>(stage.Run);
        }

        Assert.Equal(ErrorClass.Resource, error.Class);
        Assert.True(error.Message.StartsWith("carry the captions: no memory", StringComparison.Ordinal), $"captions {captions}: {error.Message}");
        Assert.Equal(0, run.Frames.Outstanding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_packet_for_several_queues_reaches_all_or_is_given_back(int queues)
    {
        using PacketPool pool = new();
        StageQueue<MediaPacket>[] all = [.. Enumerable.Range(0, queues).Select(_ => new StageQueue<MediaPacket>(2))];
        Fan(pool, all);
        Assert.Equal(queues, pool.Outstanding);
        foreach (StageQueue<MediaPacket> queue in all)
        {
            using MediaPacket packet = queue.Receive()!;
            Assert.Equal((7, 100), (packet.Track, packet.Native->size));
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_packet_that_one_of_several_queues_does_not_take_is_given_back(int aborted)
    {
        using PacketPool pool = new();
        StageQueue<MediaPacket>[] all = [new(2), new(2), new(2)];
        all[aborted].Abort();
        Assert.Throws<OperationCanceledException>(() => Fan(pool, all));
        // What the others took before is theirs to free.
        Array.ForEach(all, queue => queue.Abort());
        Assert.Equal(0, pool.Outstanding);
    }

    private static void Fan(PacketPool pool, StageQueue<MediaPacket>[] queues)
    {
        MediaPacket packet = pool.Rent();
        packet.Track = 7;
        ffmpeg.av_new_packet(packet.Native, 100).ThrowIfError("test");
        var fan = new PacketFan(pool, packet);
        foreach (StageQueue<MediaPacket> queue in queues)
        {
            fan.Add(queue);
        }

        fan.Finish();
    }

    private static void Send(TranscodeRun run, RenditionLane lane, double seconds, bool ofFields)
    {
        MediaFrame frame = run.Frames.Rent();
        frame.Native->width = 320;
        frame.Native->height = 180;
        frame.Native->format = (int)AVPixelFormat.AV_PIX_FMT_YUV420P;
        frame.Native->flags |= ofFields ? ffmpeg.AV_FRAME_FLAG_INTERLACED : 0;
        ffmpeg.av_frame_get_buffer(frame.Native, 0).ThrowIfError("test");
        AVFrameSideData* data = ffmpeg.av_frame_new_side_data(frame.Native, AVFrameSideDataType.AV_FRAME_DATA_A53_CC, CaptionBytes);
        new Span<byte>(data->data, CaptionBytes).Fill(0xFC);
        frame.Time = (long)(seconds * TimeBases.Second);
        frame.Duration = TimeBases.Second / 25;
        lane.Decoded.Send(frame);
    }
}
