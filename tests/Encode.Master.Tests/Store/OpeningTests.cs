using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Master.Store;
using Encode.TestKit;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Tests.Store;

/// <summary>What happens to a database that is opened: made, kept, locked, brought up to date, refused.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string Path => folder.Combine("farm.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_answered_is_there_after_a_restart()
    {
        string master;
        JobRow before;
        using (EncodeStore store = Open())
        {
            master = store.MasterId;
            before = (await store.SubmitAsync(Samples.Job())).Job!;
        }

        using EncodeStore again = Open();
        Assert.Equal(master, again.MasterId);
        JobRow after = (await again.GetJobAsync(before.Id))!;
        Assert.Equivalent(before.Settings, after.Settings, strict: true);
        Assert.Equal(before.Outputs, after.Outputs);
        Assert.Equal(before with { Settings = after.Settings, Outputs = after.Outputs }, after);
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_crash()
    {
        // A copy of the files of a running store is what a crash leaves: the database and its log, no orderly close.
        using EncodeStore store = Open();
        JobRow job = (await store.SubmitAsync(Samples.Job())).Job!;
        foreach (string suffix in (string[])["", "-wal"])
        {
            File.Copy(Path + suffix, folder.Combine("crashed.db" + suffix));
        }

        using EncodeStore crashed = EncodeStore.Open(new StoreOptions { Path = folder.Combine("crashed.db") });
        Assert.NotNull(await crashed.GetJobAsync(job.Id));
    }

    [Fact]
    public void A_second_master_is_refused_and_told_the_first_ones_pid()
    {
        using EncodeStore first = Open();
        StoreException error = Assert.Throws<StoreException>(Open);
        Assert.Equal(StoreFault.CannotOpen, error.Fault);
        Assert.Contains($"another master (pid {Environment.ProcessId}) uses it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_master_is_refused_through_a_symbolic_link_too()
    {
        using EncodeStore first = Open();
        File.CreateSymbolicLink(folder.Combine("link.db"), Path);
        StoreException error = Assert.Throws<StoreException>(() => EncodeStore.Open(new StoreOptions { Path = folder.Combine("link.db") }));
        Assert.Contains("another master", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_goes_with_its_master()
    {
        Open().Dispose();
        Open().Dispose();
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused()
    {
        Open().Dispose();
        Sql($"PRAGMA user_version = {Migrations.Newest + 1}");
        StoreException error = Assert.Throws<StoreException>(Open);
        Assert.Equal(StoreFault.CannotOpen, error.Fault);
        Assert.Contains($"it has version {Migrations.Newest + 1} and this master knows {Migrations.Newest}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_every_older_version_is_brought_up_to_date_with_its_jobs()
    {
        for (int version = 1; version < Migrations.Newest; version++)
        {
            string path = folder.Combine($"version{version}.db");
            SqliteLibrary.Initialize();
            using (Db old = Db.Open(path))
            {
                Migrations.Apply(old, version);
                (string columns, string values) = version < OutputsVersion
                    ? ("output_url, replaces", "'upload:x.mp4', 0")
                    : ("outputs", "'[{\"url\":\"upload:x.mp4\",\"if_exists\":\"fail\"}]'");
                old.Run($"""
                    INSERT INTO jobs (id, state, queue, priority, request, settings, {columns}, max_retries, timeout_seconds, created_at)
                    VALUES ('{new string('7', 32)}', 'queued', 1, 1, '{"{}"}', '{(version < RenditionsVersion ? SettingsOfOnePicture : SettingsJson)}', {values}, 2, 0, 0)
                    """);
            }

            using EncodeStore store = EncodeStore.Open(new StoreOptions { Path = path });
            JobRow job = (await store.GetJobAsync(new string('7', 32)))!;
            Assert.Equal(1, job.Sequence);
            Assert.Equal(854, Assert.Single(job.Settings.Video).BoxWidth);
            Assert.Equal(96_000, Assert.Single(job.Settings.Audio).Bitrate);
            Assert.Equal(Container.Mp4, Assert.Single(job.Settings.Outputs).Container);
            Assert.Equal([new JobOutput("upload:x.mp4")], job.Outputs);
            Assert.Empty(await store.ListNodesAsync());
            Assert.Empty(await store.ListFilesAsync());
        }
    }

    [Fact]
    public async Task What_was_staged_for_the_one_output_of_old_is_staged_under_its_name()
    {
        SqliteLibrary.Initialize();
        using (Db old = Db.Open(Path))
        {
            Migrations.Apply(old, 7);
            old.Run($"""
                INSERT INTO jobs (id, state, queue, priority, request, settings, output_url, replaces, max_retries, timeout_seconds, created_at)
                    VALUES (printf('%032x', 7), 'queued', 1, 1, '{"{}"}', '{SettingsJson}', 'upload:a/x.mp4', 1, 2, 0, 0);
                UPDATE jobs SET state = 'assigned', attempt = 1, token = printf('%032x', 8), node_id = '{Samples.NodeA}', lease_until = 1;
                INSERT INTO files (content_id, state, sha256, job_id, attempt, created_at)
                    VALUES (printf('%032x', 9), 'staged', '{Samples.HashOf('1')}', printf('%032x', 7), 1, 0);
                """);
        }

        using EncodeStore store = Open();
        JobRow job = (await store.GetJobAsync("1"))!;
        Assert.Equal([new JobOutput("upload:a/x.mp4", IfExists.Replace)], job.Outputs);
        Assert.Equal(Contracts.Messages.Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
        Assert.Equal(FileState.Complete, (await store.FindFileAsync("a/x.mp4"))!.State);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        File.WriteAllText(Path, new string('x', 5000));
        StoreException error = Assert.Throws<StoreException>(Open);
        Assert.Contains("no SQLite database", error.Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(Path).Length);
    }

    [Fact]
    public void A_folder_is_refused()
    {
        StoreException error = Assert.Throws<StoreException>(() => EncodeStore.Open(new StoreOptions { Path = folder.Path }));
        Assert.Contains("this is a folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_database_is_readable_by_its_owner_alone()
    {
        using EncodeStore store = Open();
        foreach (string suffix in (string[])["", "-wal", "-shm"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path + suffix));
        }
    }

    [Fact]
    public async Task A_closed_store_refuses_in_one_sentence()
    {
        EncodeStore store = Open();
        store.Dispose();
        Assert.Equal(StoreFault.Closed, (await Assert.ThrowsAsync<StoreException>(() => store.SubmitAsync(Samples.Job()))).Fault);
        Assert.Equal(StoreFault.Closed, (await Assert.ThrowsAsync<StoreException>(() => store.GetJobAsync("1"))).Fault);
    }

    /// <summary>The version from which a job's settings have lists of renditions.</summary>
    private const int RenditionsVersion = 7;
    private const int OutputsVersion = 8;

    private const string SettingsOfOnePicture =
        """
        {"scenario":"480p-h264","video":{"name":"v0","codec":"h264","encoder":"auto","fallback":"none","box_width":854,"box_height":480,"fit":"contain","upscale":true,
         "preset":"veryfast","rate_control":"abr","bitrate":1200000,"gop_seconds":2,"bit_depth":8},
         "audio":{"name":"a0","codec":"aac","bitrate":96000},"container":"mp4","generated_seconds":10}
        """;

    private static string SettingsJson => System.Text.Json.JsonSerializer.Serialize(
        Samples.Job("480p-h264").Settings with { Audio = [new AudioSettings { Bitrate = 96_000 }] }, Contracts.Json.ContractsJson.Default.EncodeSettings);

    private EncodeStore Open() => EncodeStore.Open(new StoreOptions { Path = Path });

    private void Sql(string text)
    {
        using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
