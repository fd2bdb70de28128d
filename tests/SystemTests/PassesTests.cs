using System.Text.Json.Nodes;

namespace Encode.SystemTests;

/// <summary>Jobs that go over their source more than once: in two passes, and to measure what was made.</summary>
public sealed class PassesTests(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private const long Frames = 60;

    private Farm Farm => fixture.Farm;

    [Fact]
    public async Task A_job_in_two_passes_looks_at_its_source_first_and_keeps_to_its_bitrate()
    {
        const long Bitrate = 1_000_000;
        JsonNode result = await ResultAsync("passes", $$"""
            "video":[{"codec":"h264","rate_control":{"mode":"abr","bitrate":"{{Bitrate}}"},"passes":2}]
            """);
        Assert.Equal(["first pass", "encode"], Stages(result).Where(stage => stage is "first pass" or "encode" or "quality"));
        JsonNode rendition = Assert.Single(result["renditions"]!.AsArray())!;
        Assert.InRange((long)rendition["bitrate"]!, Bitrate * 0.75, Bitrate * 1.25);
        Assert.Null(rendition["psnr"]);
        Assert.Null(rendition["ssim"]);
    }

    [Fact]
    public async Task A_job_that_asks_for_quality_is_told_how_far_each_plane_is_from_its_source()
    {
        JsonNode result = await ResultAsync("quality", "\"quality\":true");
        Assert.Equal(["encode", "quality"], Stages(result).Where(stage => stage is "first pass" or "encode" or "quality"));
        JsonNode rendition = Assert.Single(result["renditions"]!.AsArray())!;
        foreach (string plane in (string[])["y", "u", "v", "all"])
        {
            Assert.InRange((double)rendition["psnr"]![plane]!, 25, 80);
            Assert.InRange((double)rendition["ssim"]![plane]!, 0.8, 1);
        }
    }

    /// <summary>Sends two seconds through the farm, and looks at what every result says.</summary>
    private async Task<JsonNode> ResultAsync(string name, string more)
    {
        await Farm.Client.UploadAsync($"{name}-in.mp4", await Clip.MakeAsync(Path.Combine(Farm.Folder, $"{name}-in.mp4")));
        JsonNode job = await Farm.Client.SubmitAsync($$"""
            {"scenario":"360p30-h264","input":{"url":"upload:{{name}}-in.mp4"},"output":{"url":"upload:{{name}}.mp4"},{{more}}}
            """);
        JsonNode result = (await Farm.Client.CompletedAsync(job))["result"]!;
        string output = Path.Combine(Farm.Folder, $"{name}.mp4");
        await Farm.Client.DownloadAsync($"{name}.mp4", output);
        Assert.Equal(Frames, await Clip.CountFramesAsync(output));
        Assert.Equal((Frames, Frames), ((long)result["frames"]!, (long)result["renditions"]![0]!["frames"]!));
        Assert.Equal("libx264", (string)result["renditions"]![0]!["encoder"]!);
        Assert.Contains((string)result["bound_by"]!, Stages(result));
        Assert.Equal(new FileInfo(output).Length, (long)result["files"]![0]!["bytes"]!);
        Assert.InRange((double)result["resources"]!["cpu_seconds"]!, 0.01, 600);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Farm.WorkOf(0), "scratch")));
        return result;
    }

    private static string[] Stages(JsonNode result) => [.. result["stages"]!.AsArray().Select(stage => (string)stage!["name"]!)];
}
