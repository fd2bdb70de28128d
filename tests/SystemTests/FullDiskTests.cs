using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>A full disk under --files or --work ends what needed the room, with one clear error, and nothing else.</summary>
public sealed class FullDiskTests
{
    // The master leaves 16 MB of the disk to the database, which an upload of unknown length finds out only by filling it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_disk_under_files_refuses_the_upload_and_later_ones_that_fit_succeed(bool lengthIsUnknown)
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(20);
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 0, Files = disk.Path });
        using HttpRequestMessage large = new(HttpMethod.Put, "/files/large.bin") { Content = new ByteArrayContent(new byte[24 << 20]) };
        large.Headers.TransferEncodingChunked = lengthIsUnknown;
        using HttpResponseMessage refused = await farm.Client.Http.SendAsync(large);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("large.bin", await refused.Content.ReadAsStringAsync());
        using HttpResponseMessage absent = await farm.Client.Http.GetAsync("/files/large.bin");
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);

        using ByteArrayContent small = new(new byte[1 << 20]);
        using HttpResponseMessage accepted = await farm.Client.Http.PutAsync("/files/small.bin", small);
        Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync());
    }

    // What a first pass learns of 300 pictures of 1080p is larger than the disk, too.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_full_disk_under_work_fails_the_job_with_class_resource_and_small_jobs_go_on(int passes)
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(3);
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Work = disk.Path });
        JsonNode job = await farm.Client.SubmitAsync($$"""{"scenario":"1080p30-h264","video":[{"passes":{{passes}}}],"parameters":{"duration":10},"max_retries":0}""");
        job = await farm.Client.WaitForAsync(job, "failed");
        Assert.Equal("resource", (string)job["error"]!["class"]!);
        Assert.Equal(passes == 2, ((string)job["error"]!["message"]!).Contains("the statistics of two passes", StringComparison.Ordinal));

        // Without a retry: the disk space of the failed output is there again by the time that the failure is known.
        JsonNode next = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.5},"max_retries":0}""");
        await farm.Client.CompletedAsync(next);
    }

    [Fact]
    public async Task A_full_disk_under_files_fails_the_job_that_delivers_with_class_resource_and_small_jobs_go_on()
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(18);
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Files = disk.Path });
        JsonNode job = await farm.Client.SubmitAsync("""{"scenario":"1080p30-h264","parameters":{"duration":10},"max_retries":0}""");
        job = await farm.Client.WaitForAsync(job, "failed");
        Assert.Equal("resource", (string)job["error"]!["class"]!);
        Assert.Contains("the master has no room", (string)job["error"]!["message"]!);
        JsonNode next = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.5},"max_retries":0}""");
        await farm.Client.CompletedAsync(next);
    }
}
