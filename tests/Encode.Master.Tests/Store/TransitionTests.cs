using Encode.Contracts.Jobs;
using Encode.Master.Store;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Tests.Store;

/// <summary>The job table allows exactly the moves of <see cref="JobTransitions"/>.</summary>
public sealed class TransitionTests : IDisposable
{
    private readonly Db db;

    public TransitionTests()
    {
        SqliteLibrary.Initialize();
        db = Db.Open("");
        Migrations.Apply(db);
    }

    public void Dispose() => db.Dispose();

    [Fact]
    public void Every_pair_of_states_is_judged_alike_by_the_table_and_by_SQL()
    {
        foreach (JobState from in Enum.GetValues<JobState>())
        {
            foreach (JobState to in Enum.GetValues<JobState>().Where(to => to != from))
            {
                Assert.True(JobTransitions.IsAllowed(from, to) == SqlAllows(from, to), $"{from} to {to}: the table says {JobTransitions.IsAllowed(from, to)}");
            }
        }
    }

    [Fact]
    public void A_job_begins_queued()
    {
        foreach (JobState state in Enum.GetValues<JobState>().Where(state => state != JobState.Queued))
        {
            Assert.Throws<SqliteException>(() => Insert(state));
        }

        Insert(JobState.Queued);
    }

    private bool SqlAllows(JobState from, JobState to)
    {
        db.Run("DELETE FROM jobs");
        Insert(JobState.Queued);
        db.Run("DROP TRIGGER jobs_transitions");
        Move(from);
        db.Run(Trigger);
        try
        {
            Move(to);
            return true;
        }
        catch (SqliteException error) when (error.Message.Contains("not allowed", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private string Trigger => field ??= db.Text("SELECT sql FROM sqlite_schema WHERE name = 'jobs_transitions'")!;

    private void Insert(JobState state)
    {
        _ = Trigger;
        db.Run($"""
            INSERT INTO jobs (id, state, queue, priority, request, settings, outputs, max_retries, timeout_seconds, created_at, attempt, token, node_id, lease_until, finished_at)
            VALUES ('{new string('a', 32)}', '{Names<JobState>.Of(state)}', 1, 1, '', '', '[]', 0, 0, 0, 1, '{new string('b', 32)}', 'n',
                {(HasLease(state) ? "1" : "NULL")}, {(JobTransitions.IsTerminal(state) ? "1" : "NULL")})
            """);
    }

    private void Move(JobState to) => db.Run($"""
        UPDATE jobs SET state = '{Names<JobState>.Of(to)}', lease_until = {(HasLease(to) ? "1" : "NULL")}, finished_at = {(JobTransitions.IsTerminal(to) ? "1" : "NULL")}
        """);

    private static bool HasLease(JobState state) => state is JobState.Assigned or JobState.Running or JobState.Paused;
}
