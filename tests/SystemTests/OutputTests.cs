using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>Jobs with several renditions and outputs, from curl's side to the files.</summary>
public sealed class OutputTests(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private Farm Farm => fixture.Farm;

    [Fact]
    public async Task A_ladder_arrives_as_one_folder_of_track_files_and_manifests()
    {
        string source = await Clip.MakeAsync(Path.Combine(Farm.Folder, "ladder-in.mp4"), seconds: 3);
        await Farm.Client.UploadAsync("ladder-in.mp4", source);
        JsonNode job = await Farm.Client.SubmitAsync("""{"scenario":"ladder-720p-h264","input":{"url":"upload:ladder-in.mp4"},"output":{"url":"upload:film/"}}""");
        JsonNode result = (await Farm.Client.CompletedAsync(job))["result"]!;
        string[] urls = [.. result["files"]!.AsArray().Select(file => (string)file!["url"]!)];
        Assert.Contains("upload:film/master.m3u8", urls);
        Assert.Contains("upload:film/manifest.mpd", urls);
        string folder = Directory.CreateDirectory(Path.Combine(Farm.Folder, "film")).FullName;
        foreach (JsonNode? file in result["files"]!.AsArray())
        {
            string name = ((string)file!["url"]!)["upload:".Length..];
            byte[] bytes = await Farm.Client.Http.GetByteArrayAsync($"/files/{name}");
            Assert.Equal((long)file["bytes"]!, bytes.Length);
            Assert.Equal((string)file["sha256"]!, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
            await File.WriteAllBytesAsync(Path.Combine(folder, Path.GetFileName(name)), bytes);
        }

        string[] tracks = Directory.GetFiles(folder, "v*.mp4");
        Assert.InRange(tracks.Length, 2, 4);
        Assert.All(tracks, track => Assert.NotEqual(0, MediaReport.Of(track).Frames));
    }

    [Fact]
    public async Task Two_outputs_of_one_job_arrive_in_the_containers_that_their_names_tell()
    {
        JsonNode job = await Farm.Client.SubmitAsync("""
            {"scenario":"360p24-h264","parameters":{"duration":1},
             "outputs":[{"url":"upload:two/a.mkv"},{"url":"upload:two/b.ts"}]}
            """);
        JsonNode result = (await Farm.Client.CompletedAsync(job))["result"]!;
        Assert.Equal(["upload:two/a.mkv", "upload:two/b.ts"], result["files"]!.AsArray().Select(file => (string)file!["url"]!));
        foreach ((string name, string format) in ((string, string)[])[("a.mkv", "matroska"), ("b.ts", "mpegts")])
        {
            string path = Path.Combine(Farm.Folder, name);
            await File.WriteAllBytesAsync(path, await Farm.Client.Http.GetByteArrayAsync($"/files/two/{name}"));
            MediaReport report = MediaReport.Of(path);
            Assert.StartsWith(format, MediaReport.Text(report.Format, "format_name"), StringComparison.Ordinal);
            Assert.Equal(24, report.Frames);
        }
    }
}
