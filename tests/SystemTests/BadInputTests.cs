using System.Text.Json.Nodes;

namespace Encode.SystemTests;

/// <summary>Bad input ends its own job with one clear error, leaves no file under a final name, and the farm goes on.</summary>
public sealed class BadInputTests(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private Farm Farm => fixture.Farm;

    [Fact]
    public Task A_file_that_is_not_media() => FailsAsync("input", path => File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("This is a letter, not a film.\n", 400))));

    [Fact]
    public Task An_empty_file() => FailsAsync("input", path => File.WriteAllBytesAsync(path, []));

    [Fact]
    public Task An_mp4_cut_before_its_index() => FailsAsync("input", async path =>
    {
        await Clip.FFmpegAsync(path, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "2", "-c:v", "libx264", "-preset", "ultrafast");
        Cut(path, 0.6);
    });

    [Fact]
    public Task An_mp4_cut_in_its_media() => FailsAsync("input", async path =>
    {
        await Clip.MakeAsync(path, seconds: 4);
        Cut(path, 0.5);
    });

    [Fact]
    public Task Sound_alone() => FailsAsync("input", path =>
        Clip.FFmpegAsync(path, "-f", "lavfi", "-i", "sine=frequency=440", "-t", "1", "-c:a", "aac"), "no picture");

    [Fact]
    public Task A_video_without_frames() => FailsAsync("input", async path =>
    {
        // The track is announced, and each of its packets is dropped on the way.
        string whole = await Clip.MakeAsync(path + ".mp4", seconds: 1);
        await Clip.FFmpegAsync(path, "-i", whole, "-map", "0", "-c", "copy", "-bsf:v", "noise=drop=1:amount=0", "-f", "matroska");
    }, "has no pictures");

    [Fact]
    public async Task An_output_that_exists_stays_as_it_is()
    {
        string source = await Clip.MakeAsync(Path.Combine(Farm.Folder, "exists-in.mp4"), seconds: 0.5);
        await Farm.Client.UploadAsync("exists-in.mp4", source);
        await Farm.Client.UploadAsync("exists-out.mp4", source);
        string before = await Farm.Client.Http.GetStringAsync("/files/exists-out.mp4");
        using HttpResponseMessage refused = await Farm.Client.PostAsync("/jobs", Request("upload:exists-in.mp4", "upload:exists-out.mp4"));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("exists-out.mp4", await refused.Content.ReadAsStringAsync());
        Assert.Equal(before, await Farm.Client.Http.GetStringAsync("/files/exists-out.mp4"));

        string local = Path.Combine(Farm.Media, "exists-out.mp4");
        await File.WriteAllTextAsync(local, "precious");
        JsonNode job = await SubmitAsync("upload:exists-in.mp4", $"file:{local}");
        await AssertFailedAsync(job, "settings", "exists-out.mp4");
        Assert.Equal("precious", await File.ReadAllTextAsync(local));
    }

    [Fact]
    public async Task A_link_that_leaves_the_media_root()
    {
        string secret = await Clip.MakeAsync(Path.Combine(Farm.Folder, "outside.mp4"), seconds: 0.5);
        File.CreateSymbolicLink(Path.Combine(Farm.Media, "link.mp4"), secret);
        JsonNode job = await SubmitAsync($"file:{Farm.Media}/link.mp4", "upload:from-link.mp4");
        await AssertFailedAsync(job, null, "link.mp4");
    }

    [Theory]
    [InlineData("file:{0}/../outside.mp4")]
    [InlineData("file:{0}/%2e%2e/outside.mp4")]
    [InlineData("file:{0}/..%2Foutside.mp4")]
    public async Task A_path_that_climbs_is_refused_at_once(string url)
    {
        using HttpResponseMessage response = await Farm.Client.PostAsync("/jobs", Request(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, Farm.Media), "upload:climb.mp4"));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_path_outside_every_media_root_is_rejected()
    {
        JsonNode job = await SubmitAsync("file:/etc/hostname", "upload:etc.mp4");
        job = await Farm.Client.WaitForAsync(job, "rejected", "failed");
        Assert.Contains("/etc/hostname", (string)job["error"]!["message"]!);
    }

    [Fact]
    public async Task An_encoder_that_no_host_has()
    {
        JsonNode job = await Farm.Client.SubmitAsync("""{"scenario":"360p30-h264-qsv","parameters":{"duration":1}}""");
        job = await Farm.Client.WaitForAsync(job, "rejected", "failed");
        Assert.Equal("capability", (string)job["error"]!["class"]!);
    }

    private async Task FailsAsync(string errorClass, Func<string, Task> make, string? says = null)
    {
        string name = Guid.NewGuid().ToString("N") + ".mp4";
        string path = Path.Combine(Farm.Folder, name);
        await make(path);
        await Farm.Client.UploadAsync(name, path);
        JsonNode job = await SubmitAsync("upload:" + name, "upload:out-" + name);
        await AssertFailedAsync(job, errorClass, says);
        using HttpResponseMessage output = await Farm.Client.Http.GetAsync("/files/out-" + name);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, output.StatusCode);

        JsonNode next = await Farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.25}}""");
        await Farm.Client.CompletedAsync(next);
    }

    private Task<JsonNode> SubmitAsync(string input, string output) => Farm.Client.SubmitAsync(Request(input, output));

    private static string Request(string input, string output) =>
        $$"""{"scenario":"360p30-h264","input":{"url":"{{input}}"},"output":{"url":"{{output}}"} }""";

    private async Task AssertFailedAsync(JsonNode job, string? errorClass, string? says)
    {
        job = await Farm.Client.WaitForAsync(job, "failed");
        string message = (string)job["error"]!["message"]!;
        if (errorClass is not null)
        {
            Assert.Equal(errorClass, (string)job["error"]!["class"]!);
        }

        Assert.Contains(says ?? "", message);
        Assert.DoesNotContain("\n", message);
        Assert.DoesNotContain("   at ", message);
        Assert.InRange(message.Length, 20, 400);
    }

    private static void Cut(string path, double share)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength((long)(file.Length * share));
    }
}
