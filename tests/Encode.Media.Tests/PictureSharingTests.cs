using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>What becomes of a picture's memory on its way from the decoder to the encoders.</summary>
public sealed unsafe class PictureSharingTests : MediaTest
{
    private const int Pictures = 50;

    [Theory]
    [InlineData(320, 180, Pictures)]
    [InlineData(160, 90, 0)]
    public void Every_picture_that_has_the_outputs_form_reaches_the_encoder_as_the_memory_it_was_decoded_into(int width, int height, int shared)
    {
        MediaRuntime.Initialize();
        using SafeFileHandle file = File.OpenHandle(NewPath("out"), FileMode.CreateNew, FileAccess.ReadWrite);
        EncodeSettings settings = Scenario("360p-h264");
        settings = settings with { Video = [settings.Video[0] with { BoxWidth = width, BoxHeight = height }], Audio = [] };
        using var run = new TranscodeRun(new TranscodeRequest { Settings = settings, Outputs = [file] }, RunPurpose.Encode);
        RenditionLane lane = run.Renditions[0];
        lane.Rate = new Rational(25, 1);
        long before = PictureMemory.Counts.Regions;
        var sent = new nint[Pictures];
        var stage = new Thread(new VideoFilterStage(run, lane, lane.Rate, Orientation.Upright, new AVRational { num = 1, den = 1 }).Run);
        var source = new Thread(() => Send(run, lane, sent));
        stage.Start();
        source.Start();
        int same = 0;
        for (int i = 0; i < Pictures; i++)
        {
            using MediaFrame frame = lane.Filtered.Receive()!;
            same += (nint)frame.Native->data[0] == sent[i] ? 1 : 0;
            Assert.Equal((width, height), (frame.Native->width, frame.Native->height));
            Assert.True(shared == 0 || PictureMemory.Counts.Regions == before, "a picture of our own was made");
        }

        Assert.Null(lane.Filtered.Receive());
        source.Join();
        stage.Join();
        Assert.Equal(shared, same);
    }

    [Theory]
    [InlineData("slow rendition of the fast one's pictures", "ultrafast", "slower")]
    [InlineData("fast rendition of the slow one's pictures", "slower", "ultrafast")]
    public void A_slow_rendition_does_not_grow_the_others_memory(string name, string larger, string smaller)
    {
        MediaRuntime.Initialize();
        Peak(1);
        long usual = Peak(2);
        long longer = Peak(6);
        // Four seconds more are 120 pictures, 40 MB; a few more or less are in flight as the threads happen to run.
        Assert.True(longer <= usual * 2, $"{name}: {usual >> 10} KiB of pictures in 2 s, {longer >> 10} KiB in 6 s");

        long Peak(int seconds)
        {
            string clip = MediaSources.Clip("1280x720", "30", seconds);
            VideoSettings video = Scenario("360p30-h264").Video[0] with { BoxWidth = 640, BoxHeight = 360, Preset = larger };
            EncodeSettings settings = Scenario("360p30-h264") with
            {
                Video = [video with { Name = "a" }, video with { Name = "b", Codec = VideoCodec.Hevc, BoxWidth = 256, BoxHeight = 144, Preset = smaller }],
                Outputs = [new OutputSettings { Video = ["a"] }, new OutputSettings { Video = ["b"] }],
            };
            PictureMemory.RestartPeak();
            TranscodeAll(settings, clip);
            return PictureMemory.Counts.Peak;
        }
    }

    private static void Send(TranscodeRun run, RenditionLane lane, nint[] sent)
    {
        using FilterGraph graph = FilterGraph.OpenGenerator(isVideo: true, "testsrc2=size=320x180:rate=25,format=yuv420p", threads: 1);
        for (int i = 0; i < Pictures; i++)
        {
            MediaFrame frame = run.Frames.Rent();
            graph.Receive(frame);
            frame.Time = TimeBases.Second / 25 * i;
            frame.Duration = TimeBases.Second / 25;
            sent[i] = (nint)frame.Native->data[0];
            lane.Decoded.Send(frame);
        }

        lane.Decoded.Complete();
    }
}
