using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The database as an operator treats it: copied while the master works, put in its place, or not asked for at all.</summary>
public sealed class BackupTests
{
    private const int Submitters = 4;
    private const int MostJobs = 2000;
    private const int MostBackups = 20;

    [Fact]
    public async Task A_backup_made_under_load_has_every_job_and_the_farm_goes_on_from_it()
    {
        await using Farm farm = await Farm.StartAsync();
        List<string> encodes = [];
        for (int i = 0; i < 6; i++)
        {
            encodes.Add((string)(await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.25}}"""))["id"]!);
        }

        ConcurrentQueue<string> answered = [];
        using CancellationTokenSource enough = new();
        Task[] load = [.. Enumerable.Range(0, Submitters).Select(_ => SubmitAsync(farm, answered, enough.Token))];
        await Eventually.IsTrueAsync("the load to begin", Limits.Start, () => answered.Count >= 50);
        string[] before = [];
        string backup = Path.Combine(farm.Folder, "backup.db");
        int during = 0;
        for (int i = 0; i < MostBackups && during == 0; i++)
        {
            // One may be over before the next job is answered.
            File.Delete(backup);
            before = [.. encodes, .. answered];
            await SqliteProgram.RunAsync(farm.Database, $".backup '{backup}'");
            during = answered.Count + encodes.Count - before.Length;
        }

        await enough.CancelAsync();
        await Task.WhenAll(load);
        Assert.InRange(during, 1, MostJobs);
        Assert.Equal("ok", await SqliteProgram.RunAsync(backup, "PRAGMA integrity_check"));

        await farm.KillMasterAsync();
        PutInPlace(backup, farm.Database);
        await farm.StartMasterAsync();
        foreach (string id in before)
        {
            await farm.Client.GetAsync($"/jobs/{id}");
        }

        foreach (string id in encodes)
        {
            await farm.Client.WaitForAsync(id, Limits.Job, "completed");
        }

        JsonNode next = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.25}}""");
        await farm.Client.CompletedAsync(next);
    }

    [Fact]
    public async Task Without_a_database_the_master_says_that_it_keeps_nothing()
    {
        using TempFolder folder = new();
        int port = LoopbackServer.FreePort();
        await using RunningProgram master = RunningProgram.Start(
            Published.Master, ["--port", $"{port}", "--bind", "127.0.0.1", "--files", folder.Combine("files"), "--nats-port", $"{LoopbackServer.FreePort()}"], folder.Path);
        await master.WaitForLineAsync(line => line.Contains("no --db: the database is in memory", StringComparison.Ordinal), Limits.Start);
        using MasterClient client = new($"http://localhost:{port}", key: null, trusted: null);
        await Eventually.GetAsync("/health", Limits.Start, async () => await client.TryHealthAsync() == HttpStatusCode.OK ? "ok" : null);
        await client.SubmitAsync("""{"scenario":"360p24-h264"}""");
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), file => file.EndsWith(".db", StringComparison.Ordinal));
    }

    // The write-ahead log is the lost database's: with the backup it would be nonsense.
    private static void PutInPlace(string backup, string database)
    {
        File.Delete(database + "-wal");
        File.Delete(database + "-shm");
        File.Move(backup, database, overwrite: true);
    }

    // No node has this encoder, so each of these is a row that is written twice and no encode.
    private static async Task SubmitAsync(Farm farm, ConcurrentQueue<string> answered, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested && answered.Count < MostJobs)
        {
            answered.Enqueue((string)(await farm.Client.SubmitAsync("""{"scenario":"360p30-h264-qsv","parameters":{"duration":1}}"""))["id"]!);
        }
    }
}
