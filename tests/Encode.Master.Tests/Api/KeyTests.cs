using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Encode.Master.Api.Access;
using Encode.Master.Configuration;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Keys that change, keys that are weak, and those who guess them.</summary>
public sealed class KeyTests : IDisposable
{
    private const string Key = "correct-horse-battery-staple-of-the-farm";
    private const string Other = "another-horse-battery-staple-of-the-farm";

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string KeyFile => folder.Combine("keys");

    [Fact]
    public void Keys_of_flag_environment_and_file_are_good_at_once()
    {
        WriteKeys(Other);
        KeyRing keys = KeyRing.Load(new MasterOptions { ApiKey = Key, EnvironmentApiKey = "third-horse", ApiKeyFile = KeyFile });
        Assert.Equal(["flag", "environment", "line 1"], new[] { Key, "third-horse", Other }.Select(key => keys.Find(key)!.Name));
    }

    [Fact]
    public async Task A_key_is_rotated_without_a_restart()
    {
        WriteKeys(Key);
        MasterOptions options = new() { ApiKeyFile = KeyFile };
        KeyRing keys = KeyRing.Load(options);
        await using ApiHost host = await ApiHost.StartAsync(options, keys: keys);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await AskAsync(host, Key), await AskAsync(host, Other)));
        WriteKeys(Key, Other);
        keys.Reload();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await AskAsync(host, Key), await AskAsync(host, Other)));
        WriteKeys(Other);
        keys.Reload();
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await AskAsync(host, Key), await AskAsync(host, Other)));
    }

    [Theory]
    [InlineData("# all gone")]
    [InlineData("short")]
    [InlineData(null)]
    public void A_file_that_is_no_good_any_more_leaves_the_keys_as_they_were(string? content)
    {
        WriteKeys(Key);
        KeyRing keys = KeyRing.Load(new MasterOptions { ApiKeyFile = KeyFile });
        File.Delete(KeyFile);
        if (content is not null)
        {
            WriteKeys(content);
        }

        Assert.Throws<KeyRingException>(keys.Reload);
        Assert.NotNull(keys.Find(Key));
    }

    [Fact]
    public void Short_keys_and_open_files_draw_a_warning_that_repeats_no_key()
    {
        WriteKeys("secret-key-123 name=ci", Key, $"sha256:{Convert.ToHexString(KeyRing.Hash("tiny"))}");
        KeyRing keys = KeyRing.Load(new MasterOptions { ApiKeyFile = KeyFile });
        string warning = Assert.Single(keys.Warnings());
        Assert.Contains("'ci' has fewer than 32 characters", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", warning, StringComparison.Ordinal);
        File.SetUnixFileMode(KeyFile, (UnixFileMode)0b110_100_000);
        Assert.Contains(keys.Warnings(), text => text.Contains("mode 640", StringComparison.Ordinal) && text.Contains("chmod 600", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guesses_are_slowed_down_and_the_right_key_is_not()
    {
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKey = Key });
        Stopwatch time = Stopwatch.StartNew();
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => AskAsync(host, $"wrong-horse-{i}")));
        double guesses = answers.Count(answer => answer == HttpStatusCode.Unauthorized);

        // The burst, one for each fifth of a second, those that wait: more than that nobody gets to try.
        Assert.InRange(guesses, Refusals.FreeTries, Refusals.FreeTries + Refusals.WaitingTries + (time.Elapsed.TotalSeconds * Refusals.TriesPerSecond) + 1);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(host, Key));

        // What the log leaves out is in the metric that it names.
        using HttpRequestMessage scrape = new(HttpMethod.Get, "/metrics");
        scrape.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using HttpResponseMessage page = await host.Client.SendAsync(scrape);
        Assert.Contains("encode_http_refusals_total 60\n", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        string[] lines = [.. host.Log.ToString().Split('\n').Where(line => line.Contains("127.0.0.1", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 1, Refusals.LinesPerMinute + 1);
        Assert.Contains("more is counted", lines[^1], StringComparison.Ordinal);
    }

    private void WriteKeys(params string[] lines)
    {
        File.WriteAllLines(KeyFile, lines);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task<HttpStatusCode> AskAsync(ApiHost host, string key)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/jobs");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return (await host.SendAsync(request)).Response.StatusCode;
    }
}
