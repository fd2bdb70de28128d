using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>
/// The one connection that writes, on its own thread, with group commit. Work queues up while a commit waits for the disk;
/// whatever is there when the thread comes back is the next transaction. Under load hundreds of requests share one fsync,
/// and a lone request waits for nobody: there is no timer.
///
///     callers ──► queue ──► BEGIN · SAVEPOINT work RELEASE · SAVEPOINT work RELEASE … · COMMIT (fsync) ──► answers, then listeners
///
/// Each piece of work runs in its own savepoint, so that one that fails takes only itself back. A caller is answered after the
/// commit that holds its work, with the work's own error otherwise. A full disk fails the requests of that transaction
/// and the next one is tried afresh: SQLite has rolled back, nothing is half done. Any other error of reading or writing is final: what
/// is on disk is not known any more, so everything is refused from then on and <see cref="Fatal"/> tells the program to stop.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>Pieces of work that may wait: far more than connections that may wait for them.</summary>
    private const int MaxWaiting = 16_384;

    /// <summary>Pieces of work in one transaction: enough to share an fsync, few enough to answer soon.</summary>
    private const int MaxTogether = 512;

    private readonly BlockingCollection<StoreWork> waiting = new(MaxWaiting);
    private readonly TaskCompletionSource<string> fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<StoreWork> batch = [];
    private readonly Db db;
    private readonly TimeProvider clock;
    private readonly Action<StoreEvent> tell;
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="db">The connection; the writer owns it from now on.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="tell">Called for each event, on the writer's thread.</param>
    public StoreWriter(Db db, TimeProvider clock, Action<StoreEvent> tell)
    {
        (this.db, this.clock, this.tell) = (db, clock, tell);
        thread = new Thread(Run) { Name = "store writer", IsBackground = true };
        thread.Start();
    }

    /// <summary>Completes when the database failed for good.</summary>
    public Task<string> Fatal => fatal.Task;

    /// <summary>Refuses everything from now on: somebody else found the database broken.</summary>
    public void Stop(string reason) => fatal.TrySetResult(reason);

    /// <summary>Runs work in the next transaction and answers after its commit.</summary>
    public Task<T> RunAsync<T>(string operation, Func<StoreTransaction, T> work)
    {
        StoreWork<T> item = new(operation, work);
        try
        {
            if (!waiting.TryAdd(item))
            {
                item.Fail(new StoreException(StoreFault.Failed, $"{operation}: {MaxWaiting} requests wait for the database already; try again later"));
            }
        }
        catch (InvalidOperationException)
        {
            item.Fail(new StoreException(StoreFault.Closed, $"{operation}: the master is shutting down"));
        }

        return item.Answer;
    }

    /// <summary>Does what waits, then closes the connection.</summary>
    public void Dispose()
    {
        waiting.CompleteAdding();
        thread.Join();
        waiting.Dispose();
    }

    private void Run()
    {
        foreach (StoreWork first in waiting.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < MaxTogether && waiting.TryTake(out StoreWork? next))
            {
                batch.Add(next);
            }

            CommitBatch();
            batch.Clear();
        }

        db.Dispose();
    }

    private void CommitBatch()
    {
        StoreException? error = fatal.Task.IsCompleted ? new StoreException(StoreFault.Fatal, fatal.Task.Result) : null;
        try
        {
            if (error is null)
            {
                db.Execute("BEGIN IMMEDIATE");
                error = RunBatch();
                if (error is null)
                {
                    db.Execute("COMMIT");
                }
            }
        }
        catch (SqliteException sqlite)
        {
            error = StoreErrors.Of(batch[0].Operation, sqlite);
        }

        if (error is not null)
        {
            RollBack(error);
        }

        foreach (StoreWork work in batch)
        {
            work.Settle(error);
        }

        if (error is null)
        {
            TellListeners();
        }
    }

    // What a listener missed can never be told again, so one that throws is as final as a disk that does.
    private void TellListeners()
    {
        try
        {
            foreach (StoreEvent storeEvent in batch.SelectMany(work => work.Events))
            {
                tell(storeEvent);
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            fatal.TrySetResult($"tell what was committed: {error.Message}; this is a fault of the master, start it again");
        }
    }

    /// <returns>The error that spoiled the whole transaction; null when it may commit.</returns>
    private StoreException? RunBatch()
    {
        foreach (StoreWork work in batch)
        {
            db.Execute("SAVEPOINT work");
            StoreException? error = work.Run(new StoreTransaction(db, clock.GetUtcNow()));
            if (error is { Fault: StoreFault.Fatal } || !db.InTransaction)
            {
                return error ?? new StoreException(StoreFault.Failed, $"{work.Operation}: the transaction was lost");
            }

            if (error is not null)
            {
                db.Execute("ROLLBACK TO work");
            }

            db.Execute("RELEASE work");
        }

        return null;
    }

    private void RollBack(StoreException error)
    {
        try
        {
            if (!fatal.Task.IsCompleted && db.InTransaction)
            {
                db.Execute("ROLLBACK");
            }
        }
        catch (SqliteException sqlite)
        {
            error = new StoreException(StoreFault.Fatal, $"roll back: {sqlite.Message}", sqlite);
        }

        if (error.Fault == StoreFault.Fatal)
        {
            fatal.TrySetResult(error.Message);
        }
    }
}
