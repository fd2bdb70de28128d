using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Master.Store;
using Encode.TestKit;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Tests.Store;

/// <summary>Group commit: who shares a transaction, and what a failure takes with it.</summary>
public sealed class WriterTests
{
    private const string Counting = "CREATE TABLE things (n INTEGER PRIMARY KEY)";

    [Fact]
    public async Task Work_that_waits_during_a_commit_shares_the_next_one()
    {
        using ManualResetEventSlim open = new();
        ConcurrentQueue<StoreEvent> told = [];
        using StoreWriter writer = New(told.Enqueue);
        Task<long> first = writer.RunAsync("hold the writer", _ =>
        {
            open.Wait();
            return 0L;
        });
        Task<long>[] others = [.. Enumerable.Range(1, 20).Select(n => writer.RunAsync("add", transaction => Add(transaction, n)))];
        Assert.DoesNotContain(others, task => task.IsCompleted);
        open.Set();
        await first;

        // All twenty were in one transaction: each saw its own row and those before it, and listeners heard of it in order.
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (long)n), await Task.WhenAll(others));
        await Eventually.IsTrueAsync("listeners to be told", TimeSpan.FromSeconds(30), () => told.Count == 20);
        Assert.Equal(Enumerable.Range(1, 20).Select(n => $"{n}"), told.OfType<StoreEvent.ContentReleased>().Select(e => e.ContentId));
    }

    [Fact]
    public async Task Work_that_fails_takes_only_itself_back()
    {
        ConcurrentQueue<StoreEvent> told = [];
        using StoreWriter writer = New(told.Enqueue);
        Task<long> good = writer.RunAsync("add", transaction => Add(transaction, 1));
        Task<long> twice = writer.RunAsync("add again", transaction => Add(transaction, 7) + Add(transaction, 1));
        Task<long> broken = writer.RunAsync<long>("break", transaction => Add(transaction, 8) > 0 ? throw new InvalidOperationException("a fault of ours") : 0);
        Task<long> after = writer.RunAsync("add", transaction => Add(transaction, 2));
        Assert.Equal(1, await good);
        Assert.Equal(StoreFault.Failed, (await Assert.ThrowsAsync<StoreException>(() => twice)).Fault);
        Assert.Equal("break: a fault of ours", (await Assert.ThrowsAsync<StoreException>(() => broken)).Message);
        Assert.Equal(2, await after);
        await Eventually.IsTrueAsync("listeners to be told", TimeSpan.FromSeconds(30), () => told.Count == 2);
        Assert.False(writer.Fatal.IsCompleted);
    }

    [Fact]
    public async Task A_listener_that_throws_stops_the_store_and_not_the_process()
    {
        using StoreWriter writer = New(_ => throw new InvalidOperationException("a fault of ours"));
        Assert.Equal(1, await writer.RunAsync("add", transaction => Add(transaction, 1)));
        Assert.Contains("a fault of ours", await writer.Fatal.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.Equal(StoreFault.Fatal, (await Assert.ThrowsAsync<StoreException>(() => writer.RunAsync("add", transaction => Add(transaction, 2)))).Fault);
    }

    [Fact]
    public async Task A_full_disk_fails_requests_in_one_sentence_and_the_store_goes_on()
    {
        using TempFolder folder = new();
        using EncodeStore store = EncodeStore.Open(new StoreOptions { Path = folder.Combine("farm.db"), MaxPages = 80 });
        NewJob big = Samples.Job() with { RequestJson = new string('x', 40_000) };
        StoreException? error = null;
        int stored = 0;
        while (error is null && stored < 1000)
        {
            try
            {
                await store.SubmitAsync(big);
                stored++;
            }
            catch (StoreException full)
            {
                error = full;
            }
        }

        Assert.Equal(StoreFault.DiskFull, error!.Fault);
        Assert.Equal("submit a job: the disk under the database is full; free some space and try again", error.Message);
        Assert.False(store.Fatal.IsCompleted);
        await store.PingAsync();
        Assert.Equal(stored, (await store.ListJobsAsync(new JobQuery())).Count);
    }

    [Fact]
    public async Task Once_there_is_room_again_the_writer_goes_on_where_it_was()
    {
        using StoreWriter writer = New(_ => { });
        await writer.RunAsync("fill", transaction => Room(transaction, 3));
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => writer.RunAsync("grow", Grow));
        Assert.Equal(StoreFault.DiskFull, error.Fault);
        await writer.RunAsync("make room", transaction => Room(transaction, 1000));
        Assert.Equal(1, await writer.RunAsync("grow", Grow));
        Assert.False(writer.Fatal.IsCompleted);

        static int Room(StoreTransaction transaction, int pages)
        {
            transaction.Db.Run($"PRAGMA max_page_count = {pages}");
            return pages;
        }

        static long Grow(StoreTransaction transaction)
        {
            transaction.Db.Run("CREATE TABLE IF NOT EXISTS big (x BLOB)");
            transaction.Db.Run("INSERT INTO big VALUES (zeroblob(100000))");
            return transaction.Db.Number("SELECT count(*) FROM big") ?? 0;
        }
    }

    [Fact]
    public async Task A_database_that_is_damaged_stops_the_master()
    {
        using StoreWriter writer = New(_ => { });
        await writer.RunAsync("damage", transaction =>
        {
            transaction.Db.Run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'things'; PRAGMA writable_schema = RESET");
            return 0;
        });
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => writer.RunAsync("add", transaction => Add(transaction, 1)));
        Assert.Equal(StoreFault.Fatal, error.Fault);
        Assert.Equal(error.Message, await writer.Fatal);
        StoreException later = await Assert.ThrowsAsync<StoreException>(() => writer.RunAsync("go on", _ => 0));
        Assert.Equal(StoreFault.Fatal, later.Fault);
    }

    [Fact]
    public void Only_errors_of_reading_and_writing_are_final()
    {
        Assert.Equal(StoreFault.Fatal, StoreErrors.Of("x", new SqliteException("disk I/O error", 10, 10 | (4 << 8))).Fault);
        Assert.Equal(StoreFault.Fatal, StoreErrors.Of("x", new SqliteException("malformed", 11)).Fault);
        Assert.Equal(StoreFault.DiskFull, StoreErrors.Of("x", new SqliteException("full", 13)).Fault);
        Assert.Equal(StoreFault.Failed, StoreErrors.Of("x", new SqliteException("constraint", 19)).Fault);
        Assert.Equal(StoreFault.Failed, StoreErrors.Of("x", new SqliteException("busy", 5)).Fault);
    }

    [Fact]
    public async Task In_memory_readers_see_what_was_written()
    {
        using EncodeStore store = EncodeStore.Open(new StoreOptions());
        JobRow job = (await store.SubmitAsync(Samples.Job())).Job!;
        Assert.Equal(JobState.Queued, (await store.GetJobAsync(job.Id))!.State);
    }

    private static StoreWriter New(Action<StoreEvent> tell)
    {
        SqliteLibrary.Initialize();
        Db db = Db.Open("");
        db.Run(Counting);
        return new StoreWriter(db, TimeProvider.System, tell);
    }

    private static long Add(StoreTransaction transaction, int n)
    {
        transaction.Db.Execute("INSERT INTO things (n) VALUES ($n)", ("$n", n));
        transaction.Tell(new StoreEvent.ContentReleased($"{n}"));
        return transaction.Db.Number("SELECT count(*) FROM things") ?? 0;
    }
}
