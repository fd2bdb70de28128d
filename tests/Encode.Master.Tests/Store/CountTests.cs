using Encode.Contracts.Jobs;
using Encode.Master.Store;
using Encode.TestKit;

namespace Encode.Master.Tests.Store;

/// <summary>The counts that triggers keep are what counting the rows gives, whatever happened to them.</summary>
public sealed class CountTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_all_that_can_happen_to_jobs_and_files_the_counts_are_those_of_the_rows()
    {
        string path = folder.Combine("farm.db");
        using (EncodeStore store = EncodeStore.Open(new StoreOptions { Path = path }))
        {
            JobRow done = await StagedAsync(store, '1');
            await store.TakeResultAsync(Samples.NodeA, Samples.Success(done, Samples.HashOf('1')));
            JobRow replaced = await StagedAsync(store, '2');
            await store.StageAsync(Samples.NodeA, replaced.Key!, "out-2.mp4", new string('f', 32), 7, Samples.HashOf('3'));
            await store.CancelAsync(replaced.Id);
            foreach (ErrorClass errorClass in Enum.GetValues<ErrorClass>())
            {
                JobRow failed = await Samples.ClaimedAsync(store, Samples.Job() with { Queue = JobQueue.Batch });
                await store.MarkRunningAsync(Samples.NodeA, failed.Key!);
                await store.TakeResultAsync(Samples.NodeA, Samples.Failure(failed, errorClass));
            }

            JobRow rejected = (await store.SubmitAsync(Samples.Job())).Job!;
            await store.RejectAsync(rejected.Id, "no node has it");
            await store.DeleteFileAsync("out-1.mp4");
            await store.BeginFileAsync("unfinished.bin");
            FarmCounts counts = await store.CountAsync();
            Assert.Equal(10, counts.Jobs.Sum(kind => kind.Jobs));
            Assert.Equal(1, counts.Jobs.Where(kind => kind.State == JobState.Rejected).Sum(kind => kind.Jobs));
            Assert.InRange(counts.DatabaseBytes, 4096, 1 << 24);
            Assert.InRange(counts.LogBytes, 4096, 1 << 24);
        }

        AssertCountsAreRows(path);
    }

    [Fact]
    public void Jobs_of_an_older_database_are_counted_when_it_is_brought_up_to_date()
    {
        string path = folder.Combine("old.db");
        SqliteLibrary.Initialize();
        using (Db old = Db.Open(path))
        {
            Migrations.Apply(old, 3);
            old.Run("""
                INSERT INTO jobs (id, state, queue, priority, request, settings, output_url, replaces, max_retries, timeout_seconds, created_at)
                    VALUES (printf('%032x', 1), 'queued', 1, 1, '{}', '{}', 'upload:x.mp4', 0, 2, 0, 0), (printf('%032x', 2), 'queued', 2, 1, '{}', '{}', 'upload:y.mp4', 0, 2, 0, 0);
                UPDATE jobs SET state = 'failed', finished_at = 0, error_class = 'input', error_message = 'x' WHERE seq = 2;
                INSERT INTO files (content_id, name, state, bytes, sha256, created_at) VALUES (printf('%032x', 1), 'a', 'complete', 5, printf('%064x', 1), 0);
                """);
        }

        EncodeStore.Open(new StoreOptions { Path = path }).Dispose();
        Assert.Equal(3, AssertCountsAreRows(path));
    }

    /// <returns>Rows that were counted.</returns>
    private static long AssertCountsAreRows(string path)
    {
        using Db db = Db.Open(path);
        List<string> jobs = db.Query("SELECT state, queue, coalesce(error_class, ''), count(*) FROM jobs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", Line);
        Assert.Equal(jobs, db.Query("SELECT state, queue, error_class, jobs FROM job_counts WHERE jobs <> 0 ORDER BY 1, 2, 3", Line));
        List<string> files = db.Query("SELECT state, count(*), sum(bytes), 0 FROM files GROUP BY 1 ORDER BY 1", Line);
        Assert.Equal(files, db.Query("SELECT state, files, bytes, 0 FROM file_counts WHERE files <> 0 ORDER BY 1", Line));
        Assert.Equal(0, db.Number("SELECT count(*) FROM file_counts WHERE files = 0 AND bytes <> 0"));
        return db.Number("SELECT (SELECT sum(jobs) FROM job_counts) + (SELECT sum(files) FROM file_counts)") ?? 0;
    }

    private static string Line(Microsoft.Data.Sqlite.SqliteDataReader row) => $"{row.GetValue(0)} {row.GetValue(1)} {row.GetValue(2)} {row.GetValue(3)}";

    private static async Task<JobRow> StagedAsync(EncodeStore store, char digit)
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job(output: $"upload:out-{digit}.mp4"));
        await store.StageAsync(Samples.NodeA, job.Key!, $"out-{digit}.mp4", new string(digit, 32), 100, Samples.HashOf(digit));
        return job;
    }
}
