using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>What jobs with several renditions and outputs ask of a node.</summary>
public sealed class JobNeedsTests
{
    [Fact]
    public async Task Every_rendition_and_every_path_is_asked_for()
    {
        using EncodeStore store = EncodeStore.Open(new StoreOptions());
        NewJob job = Samples.Several("file:/out/a.mp4", "upload:b.mp4", "file:/shows/one/") with { InputUrl = "file:/in/a.mov" };
        VideoSettings video = job.Settings.Video[0];
        job = job with { Settings = job.Settings with { Video = [video, video with { Name = "v1", BoxHeight = 180 }, video with { Name = "v2", Codec = VideoCodec.Hevc, BitDepth = 10 }] } };
        JobNeeds needs = JobNeeds.Of((await store.SubmitAsync(job)).Job!);
        Assert.Equal(["/in/a.mov", "/out/a.mp4", "/shows/one"], needs.Paths);
        Assert.Equal(
            [new EncoderNeed(VideoCodec.H264, EncoderChoice.Auto, EncoderFallback.None, 8), new EncoderNeed(VideoCodec.Hevc, EncoderChoice.Auto, EncoderFallback.None, 10)],
            needs.Encoders);

        string[] roots = ["/in", "/out", "/shows"];
        EncoderCapability hevc = new("libx265", VideoCodec.Hevc, EncoderChoice.Software, [8, 10]);
        Assert.Null(NodeFit.WhatLacks(needs, Samples.Capabilities(hevc), roots));
        Assert.Equal("has a software encoder for hevc with 10 bits a sample", NodeFit.WhatLacks(needs, Samples.Capabilities(hevc with { BitDepths = [8] }), roots));
        Assert.Equal("has a media root that holds '/shows/one'", NodeFit.WhatLacks(needs, Samples.Capabilities(hevc), ["/in", "/out", "/shows/one"]));
    }
}
