using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>Talks to a master as curl would.</summary>
internal sealed class MasterClient : IDisposable
{
    private readonly HttpClient http;

    public MasterClient(string url, string? key, X509Certificate2? trusted)
    {
        SocketsHttpHandler handler = new() { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0 && trusted is not null && trusted.RawDataMemory.Span.SequenceEqual(certificate!.GetRawCertData());
        http = new HttpClient(handler) { BaseAddress = new Uri(url), Timeout = Limits.Answer };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public HttpClient Http => http;

    public async Task<HttpStatusCode?> TryHealthAsync()
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync("/health");
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<int> OnlineNodesAsync()
    {
        JsonNode nodes = await GetAsync("/nodes");
        return nodes["nodes"]!.AsArray().Count(node => (string?)node!["state"] == "online");
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage response = await http.GetAsync(path);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    public async Task<JsonNode> SubmitAsync(string json)
    {
        using HttpResponseMessage response = await PostAsync("/jobs", json);
        return await ReadAsync(response, HttpStatusCode.Created);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<JsonNode> CancelAsync(string id)
    {
        using HttpResponseMessage response = await http.PostAsync($"/jobs/{id}/cancel", null);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    public async Task UploadAsync(string name, string path)
    {
        await using FileStream content = File.OpenRead(path);
        using HttpResponseMessage response = await http.PutAsync($"/files/{name}", new StreamContent(content));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task DownloadAsync(string name, string path)
    {
        await using Stream content = await http.GetStreamAsync($"/files/{name}");
        await using FileStream file = File.Create(path);
        await content.CopyToAsync(file);
    }

    /// <summary>Waits until a job is in one of the states, and returns it.</summary>
    public Task<JsonNode> WaitForAsync(JsonNode job, params string[] states) => WaitForAsync((string)job["id"]!, Limits.Job, states);

    public Task<JsonNode> WaitForAsync(string id, TimeSpan limit, params string[] states) =>
        Eventually.GetAsync($"job {id} to be {string.Join(" or ", states)}", limit, async () =>
        {
            JsonNode job = await GetAsync($"/jobs/{id}");
            string status = (string)job["status"]!;
            bool unexpectedEnd = status is "completed" or "failed" or "timed_out" or "canceled" or "rejected" && !states.Contains(status);
            Assert.False(unexpectedEnd, $"the job ended otherwise: {job.ToJsonString()}");
            return states.Contains(status) ? job : null;
        });

    /// <summary>Waits until a job is completed, and returns it.</summary>
    public Task<JsonNode> CompletedAsync(JsonNode job) => WaitForAsync(job, "completed");

    public void Dispose() => http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {body}");
        return JsonNode.Parse(body)!;
    }
}
