using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Encode.Master.Store;
using Encode.Master.Tests.Api;
using Encode.TestKit;

namespace Encode.Master.Tests.Files;

/// <summary>Files over HTTP: whole, in parts, cut off, taken up again.</summary>
public sealed class FileRouteTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_file_comes_back_as_it_was_sent_and_says_its_hash()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(3_000_001);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        (HttpResponseMessage put, JsonNode? stored) = await PutAsync(host, "/files/a/in.mov", content);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(sha256, (string)stored!["sha256"]!);
        Assert.Equal(content.Length, (long)stored["bytes"]!);

        HttpResponseMessage got = await host.Client.GetAsync(new Uri("/files/a/in.mov", UriKind.Relative));
        Assert.Equal(content, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{sha256}\"", got.Headers.ETag!.Tag);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(content))}:", got.Headers.GetValues("Repr-Digest").Single());
        Assert.Equal(content.Length, (await HeadAsync(host, "/files/a/in.mov")).Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("bytes=0-9", 206, 0, 10)]
    [InlineData("bytes=90-", 206, 90, 10)]
    [InlineData("bytes=-10", 206, 90, 10)]
    [InlineData("bytes=50-1000", 206, 50, 50)]
    [InlineData("bytes=-1000", 206, 0, 100)]
    [InlineData("bytes=100-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=9-0", 200, 0, 100)]
    [InlineData("bytes=0-1,5-6", 200, 0, 100)]
    [InlineData("lines=1-2", 200, 0, 100)]
    public async Task Ranges_are_served_as_RFC_9110_says(string range, int status, int start, int length)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(100);
        await PutAsync(host, "/files/clip", content);
        using HttpRequestMessage request = new(HttpMethod.Get, "/files/clip");
        request.Headers.TryAddWithoutValidation("Range", range);
        HttpResponseMessage response = await host.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 416)
        {
            Assert.Equal("bytes */100", response.Content.Headers.ContentRange!.ToString());
            return;
        }

        Assert.Equal(content.AsSpan(start, length).ToArray(), await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_range_of_another_version_gets_the_whole_file_and_a_known_version_nothing()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PutAsync(host, "/files/clip", new byte[100]);
        using HttpRequestMessage stale = new(HttpMethod.Get, "/files/clip");
        stale.Headers.TryAddWithoutValidation("Range", "bytes=0-9");
        stale.Headers.TryAddWithoutValidation("If-Range", "\"another\"");
        HttpResponseMessage whole = await host.Client.SendAsync(stale);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        using HttpRequestMessage known = new(HttpMethod.Get, "/files/clip");
        known.Headers.IfNoneMatch.Add(whole.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await host.Client.SendAsync(known)).StatusCode);
    }

    [Fact]
    public async Task A_file_whose_content_is_gone_is_a_whole_problem()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PutAsync(host, "/files/clip", new byte[100]);
        File.Delete(Directory.EnumerateFiles(Path.Combine(host.Content.Root, "content")).Single());
        (HttpResponseMessage Response, JsonNode? Body) answer = await host.GetAsync("/files/clip");
        ApiHost.AssertProblem(404, answer);
        Assert.Null(answer.Response.Headers.ETag);
    }

    [Fact]
    public async Task A_finished_file_does_not_change_and_can_be_deleted()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PutAsync(host, "/files/clip", new byte[10]);
        ApiHost.AssertProblem(409, await PutAsync(host, "/files/clip", new byte[20]));
        Assert.Equal(10, (await HeadAsync(host, "/files/clip")).Content.Headers.ContentLength);

        // The same content, announced by its hash, is no change.
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(new byte[10]));
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(host, $"/files/clip?sha256={sha256}", new byte[10])).Response.StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync(new Uri("/files/clip", UriKind.Relative))).StatusCode);
        ApiHost.AssertProblem(404, await host.GetAsync("/files/clip"));
        await Eventually.IsTrueAsync("the content is unlinked", Deadline, () => !Directory.EnumerateFiles(Path.Combine(host.Content.Root, "content")).Any());
    }

    [Fact]
    public async Task A_file_that_a_waiting_job_reads_cannot_be_deleted()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PutAsync(host, "/files/in.mov", new byte[10]);
        (HttpResponseMessage created, _) = await host.PostAsync("/jobs", """{"scenario":"720p-h264","input":{"url":"upload:in.mov"}}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        ApiHost.AssertProblem(409, await host.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/files/in.mov")));
        await host.PostAsync("/jobs/1/cancel", "");
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync(new Uri("/files/in.mov", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task An_upload_in_parts_is_whole_after_the_last_one()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        (HttpResponseMessage first, _) = await PutAsync(host, "/files/parts", content[..400], "bytes 0-399/1000");
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("400", first.Headers.GetValues("Upload-Offset").Single());

        HttpResponseMessage head = await HeadAsync(host, "/files/parts");
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        Assert.Equal("400", head.Headers.GetValues("Upload-Offset").Single());
        (HttpResponseMessage Response, JsonNode? Body) gap = await PutAsync(host, "/files/parts", content[500..], "bytes 500-999/1000");
        ApiHost.AssertProblem(409, gap);
        Assert.Equal("400", gap.Response.Headers.GetValues("Upload-Offset").Single());
        (HttpResponseMessage asked, JsonNode? answer) = await PutAsync(host, "/files/parts", [], "bytes */1000");
        Assert.Equal((HttpStatusCode.Accepted, 400), (asked.StatusCode, (int)answer!["received"]!));

        (HttpResponseMessage last, JsonNode? stored) = await PutAsync(host, "/files/parts", content[400..], "bytes 400-999/1000");
        Assert.Equal(HttpStatusCode.Created, last.StatusCode);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (string)stored!["sha256"]!);
    }

    [Theory]
    [InlineData("bytes 700-999/1000")]
    [InlineData("bytes */1000")]
    public async Task An_upload_whose_length_nobody_knows_yet_ends_when_it_is_told(string last)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        foreach ((int from, int until) in last.Contains("*/", StringComparison.Ordinal) ? ((int, int)[])[(0, 400), (400, 700), (700, 1000)] : [(0, 400), (400, 700)])
        {
            (HttpResponseMessage part, JsonNode? told) = await PutAsync(host, "/files/grows", content[from..until], $"bytes {from}-{until - 1}/*");
            Assert.Equal((HttpStatusCode.Accepted, until, null), (part.StatusCode, (int)told!["received"]!, told["total"]));
        }

        (HttpResponseMessage asked, JsonNode? answer) = await PutAsync(host, "/files/grows", [], "bytes */*");
        Assert.Equal((HttpStatusCode.Accepted, true), (asked.StatusCode, (int)answer!["received"]! >= 700));
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        (HttpResponseMessage ended, JsonNode? stored) = await PutAsync(host, $"/files/grows?sha256={sha256}", last.Contains("*/", StringComparison.Ordinal) ? [] : content[700..], last);
        Assert.Equal((HttpStatusCode.Created, sha256), (ended.StatusCode, (string)stored!["sha256"]!));
        Assert.Equal(content, await host.Client.GetByteArrayAsync(new Uri("/files/grows", UriKind.Relative)));
    }

    [Fact]
    public async Task An_upload_that_starts_over_after_some_parts_has_the_hash_of_what_it_is()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PutAsync(host, "/files/again", RandomNumberGenerator.GetBytes(400), "bytes 0-399/*");
        byte[] content = RandomNumberGenerator.GetBytes(300);
        (HttpResponseMessage whole, JsonNode? stored) = await PutAsync(host, "/files/again", content);
        Assert.Equal((HttpStatusCode.Created, Convert.ToHexStringLower(SHA256.HashData(content))), (whole.StatusCode, (string)stored!["sha256"]!));
    }

    [Fact]
    public async Task An_upload_that_was_cut_off_shows_nothing_and_goes_on_where_it_stopped()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(2_000_000);
        using (TcpClient half = new())
        {
            await half.ConnectAsync(IPAddress.Loopback, host.Address.Port);
            NetworkStream stream = half.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"PUT /files/cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: {content.Length}\r\n\r\n"));
            await stream.WriteAsync(content.AsMemory(0, 1_000_000));
            await Eventually.IsTrueAsync("some of it is written", Deadline, () => PartialLength(host) > 0);
        }

        // The server lets go of the file once it has seen the cut; until then it answers 423, or 409 when the part no longer fits.
        long offset = 0;
        HttpResponseMessage? rest = null;
        await Eventually.GetAsync("the rest is taken", Deadline, async () =>
        {
            offset = PartialLength(host);
            rest = (await PutAsync(host, "/files/cut", content[(int)offset..], $"bytes {offset}-{content.Length - 1}/{content.Length}")).Response;
            return rest.StatusCode is HttpStatusCode.Locked or HttpStatusCode.Conflict ? null : rest;
        });
        Assert.Equal(HttpStatusCode.Created, rest!.StatusCode);
        Assert.InRange(offset, 1, 1_000_000);
        Assert.Equal(content, await host.Client.GetByteArrayAsync(new Uri("/files/cut", UriKind.Relative)));
    }

    [Fact]
    public async Task Content_with_another_hash_than_announced_is_thrown_away()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string detail = ApiHost.AssertProblem(400, await PutAsync(host, $"/files/clip?sha256={new string('0', 64)}", new byte[10]));
        Assert.Contains("SHA-256", detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await HeadAsync(host, "/files/clip")).StatusCode);
        Assert.Equal(0, PartialLength(host));

        // Its name is free again, for an output too.
        Assert.Null(await host.Store.FindFileAsync("clip"));
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(host, "/files/clip", new byte[10])).Response.StatusCode);
    }

    [Fact]
    public async Task An_upload_without_a_length_stops_before_it_takes_the_reserve()
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(24);

        await using ApiHost host = await ApiHost.StartAsync(filesFolder: Path.Combine(disk.Path, "files"));
        using HttpRequestMessage chunked = new(HttpMethod.Put, "/files/big") { Content = new ByteArrayContent(new byte[14 << 20]) };
        chunked.Headers.TransferEncodingChunked = true;
        ApiHost.AssertProblem(507, await host.SendAsync(chunked));
        Assert.Equal(0, PartialLength(host));
        using HttpRequestMessage small = new(HttpMethod.Put, "/files/small") { Content = new ByteArrayContent(new byte[4 << 20]) };
        small.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.Created, (await host.SendAsync(small)).Response.StatusCode);
    }

    [Theory]
    [InlineData("/files/..%2f..%2fetc%2fpasswd")]
    [InlineData("/files/a/%2e%2e%2fb")]
    [InlineData("/files/a%2Fb")]
    [InlineData("/files/.hidden")]
    [InlineData("/files/a//b")]
    [InlineData("/files/a%00b")]
    [InlineData("/files/a b")]
    [InlineData("/files/1/2/3/4/5/6/7/8/9")]
    public async Task A_name_that_is_no_name_is_refused(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string answer = await RawAsync(host, $"PUT {path.Replace(" ", "%20", StringComparison.Ordinal)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Content.Root, "content")));
    }

    [Fact]
    public async Task Dots_in_a_path_lead_out_of_the_route_and_never_to_a_file()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string answer = await RawAsync(host, "GET /files/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_507_and_leaves_nothing_and_then_works_again()
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(24);

        await using ApiHost host = await ApiHost.StartAsync(filesFolder: Path.Combine(disk.Path, "files"));
        byte[] big = new byte[30 << 20];
        string announced = ApiHost.AssertProblem(507, await PutAsync(host, "/files/big", big));
        Assert.Contains("--files", announced, StringComparison.Ordinal);

        // Without a length the disk fills up while the body comes.
        using HttpRequestMessage chunked = new(HttpMethod.Put, "/files/big") { Content = new ByteArrayContent(big) };
        chunked.Headers.TransferEncodingChunked = true;
        ApiHost.AssertProblem(507, await host.SendAsync(chunked));
        Assert.Equal(0, PartialLength(host));
        ApiHost.AssertProblem(404, await host.GetAsync("/files/big"));
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(host, "/files/small", new byte[1000])).Response.StatusCode);
    }

    [Fact]
    public async Task Two_uploads_of_one_name_do_not_mix()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        FileRow row = (await host.Store.BeginFileAsync("clip")).File;
        using (host.Content.OpenPartial(row.ContentId, "clip"))
        {
            Assert.Contains("another request", ApiHost.AssertProblem(423, await PutAsync(host, "/files/clip", new byte[10])), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Created, (await PutAsync(host, "/files/clip", new byte[10])).Response.StatusCode);
    }

    private static long PartialLength(ApiHost host) =>
        new DirectoryInfo(Path.Combine(host.Content.Root, "partial")).EnumerateFiles().Sum(file => file.Length);

    private static Task<(HttpResponseMessage Response, JsonNode? Body)> PutAsync(ApiHost host, string path, byte[] content, string? range = null)
    {
        HttpRequestMessage request = new(HttpMethod.Put, path) { Content = new ByteArrayContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (range is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        }

        return host.SendAsync(request);
    }

    private static Task<HttpResponseMessage> HeadAsync(ApiHost host, string path) => host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

    // HttpClient would tidy the path.
    private static async Task<string> RawAsync(ApiHost host, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync().WaitAsync(Deadline);
    }
}
