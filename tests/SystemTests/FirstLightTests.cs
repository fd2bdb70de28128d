using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

public sealed class FarmFixture : IAsyncLifetime
{
    internal Farm Farm { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Farm = await Farm.StartAsync();

    public ValueTask DisposeAsync() => Farm?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The main job, on the published programs with TLS and a key.</summary>
public sealed class FirstLightTests(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private Farm Farm => fixture.Farm;

    [Theory]
    [InlineData("360p30-h264", "h264", 640, 360, 60)]
    [InlineData("360p25-hevc", "hevc", 640, 360, 50)]
    [InlineData("360p24-av1", "av1", 640, 360, 48)]
    public async Task An_uploaded_file_becomes_what_the_scenario_says(string scenario, string codec, int width, int height, long frames)
    {
        string source = await Clip.MakeAsync(Path.Combine(Farm.Folder, $"in-{scenario}.mp4"), "1280x720", "50");
        await Farm.Client.UploadAsync($"in-{scenario}.mp4", source);
        JsonNode job = await Farm.Client.SubmitAsync($$"""{"scenario":"{{scenario}}","input":{"url":"upload:in-{{scenario}}.mp4"},"output":{"url":"upload:out/{{scenario}}.mp4"} }""");
        job = await Farm.Client.CompletedAsync(job);

        string result = Path.Combine(Farm.Folder, $"out-{scenario}.mp4");
        await Farm.Client.DownloadAsync($"out/{scenario}.mp4", result);
        Assert.Equal(codec, await Clip.VideoAsync(result, "codec_name"));
        Assert.Equal($"{width}", await Clip.VideoAsync(result, "width"));
        Assert.Equal($"{height}", await Clip.VideoAsync(result, "height"));
        Assert.Equal("aac", await Clip.AudioAsync(result, "codec_name"));
        Assert.Equal(frames, await Clip.CountFramesAsync(result));
        Assert.Equal(frames, (long)job["result"]!["frames"]!);
        string sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(result)));
        Assert.Equal(sha256, (string)job["result"]!["files"]![0]!["sha256"]!);
        Assert.True(await StartsWithItsIndexAsync(result), "the index (moov) stands behind the media (mdat)");
        await Eventually.IsTrueAsync("the master's log to tell the end", Limits.Start, () => Farm.Master.Output.Contains($"({(string)job["id"]!}) attempt 1 on node {(string)job["node"]!}: completed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scenario_alone_encodes_a_generated_clip_with_sound()
    {
        JsonNode job = await Farm.Client.SubmitAsync("""{"scenario":"360p30-h264","parameters":{"duration":1.5}}""");
        job = await Farm.Client.CompletedAsync(job);

        string name = ((string)job["result"]!["files"]![0]!["url"]!)["upload:".Length..];
        string result = Path.Combine(Farm.Folder, "generated.mp4");
        await Farm.Client.DownloadAsync(name, result);
        Assert.Equal(45, await Clip.CountFramesAsync(result));
        Assert.Equal("aac", await Clip.AudioAsync(result, "codec_name"));
    }

    [Fact]
    public async Task A_file_below_a_media_root_is_read_and_written_in_place()
    {
        await Clip.MakeAsync(Path.Combine(Farm.Media, "local.mp4"), seconds: 1);
        JsonNode job = await Farm.Client.SubmitAsync(
            $$"""{"scenario":"360p30-h264","input":{"url":"file:{{Farm.Media}}/local.mp4"},"output":{"url":"file:{{Farm.Media}}/local-out.mp4"} }""");
        await Farm.Client.CompletedAsync(job);
        Assert.Equal(30, await Clip.CountFramesAsync(Path.Combine(Farm.Media, "local-out.mp4")));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Farm.Media), entry => entry.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repeated_submission_with_the_same_key_is_one_job()
    {
        async Task<(HttpStatusCode Status, string Id)> SubmitAsync()
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/jobs");
            request.Content = new StringContent("""{"scenario":"360p24-h264","parameters":{"duration":0.5}}""", System.Text.Encoding.UTF8, "application/json");
            request.Headers.Add("Idempotency-Key", "one-and-only");
            using HttpResponseMessage response = await Farm.Client.Http.SendAsync(request);
            return (response.StatusCode, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!);
        }

        (HttpStatusCode first, string id) = await SubmitAsync();
        (HttpStatusCode second, string again) = await SubmitAsync();
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, id), (first, second, again));
    }

    [Fact]
    public async Task A_canceled_job_stops_and_leaves_no_file()
    {
        JsonNode job = await Farm.Client.SubmitAsync("""{"scenario":"1080p60-h264","parameters":{"duration":60},"output":{"url":"upload:canceled.mp4"}}""");
        await Farm.Client.WaitForAsync(job, "running");
        await Eventually.IsTrueAsync("its temporary file", Limits.Job, () => Unfinished().Any());
        await Farm.Client.CancelAsync((string)job["id"]!);
        await Farm.Client.WaitForAsync((string)job["id"]!, Limits.Cancel, "canceled");
        await Eventually.IsTrueAsync("the encode to end and its temporary file to go", Limits.Cancel, () => !Unfinished().Any());
        JsonNode next = await Farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.5}}""");
        await Farm.Client.CompletedAsync(next);
        using HttpResponseMessage file = await Farm.Client.Http.GetAsync("/files/canceled.mp4");
        Assert.Equal(HttpStatusCode.NotFound, file.StatusCode);
    }

    private IEnumerable<string> Unfinished() => Directory.EnumerateFiles(Farm.WorkOf(0), "*.tmp", SearchOption.AllDirectories);

    private static async Task<bool> StartsWithItsIndexAsync(string path)
    {
        string text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
        int index = text.IndexOf("moov", StringComparison.Ordinal);
        return index >= 0 && index < text.IndexOf("mdat", StringComparison.Ordinal);
    }
}
