using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>A few connections that only read, beside the writer: in WAL mode they see the last commit and wait for nobody.</summary>
internal sealed class StoreReaders : IDisposable
{
    private readonly ConcurrentBag<Db> idle = [];
    private readonly SemaphoreSlim free;
    private readonly int count;
    private readonly Action<string> failed;

    /// <summary>Opens the connections.</summary>
    /// <param name="path">The database.</param>
    /// <param name="count">How many.</param>
    /// <param name="failed">Called when the database cannot be read any more: the master is to stop.</param>
    public StoreReaders(string path, int count, Action<string> failed)
    {
        (this.count, this.failed) = (count, failed);
        free = new SemaphoreSlim(count);
        for (int i = 0; i < count; i++)
        {
            Db db = Db.Open(path);
            idle.Add(db);
            db.Run("PRAGMA query_only = ON");
        }
    }

    /// <summary>Runs a query on a connection that is free.</summary>
    /// <exception cref="StoreException">The query failed, or the store is closed.</exception>
    public async Task<T> RunAsync<T>(string operation, Func<Db, T> query)
    {
        await free.WaitAsync().ConfigureAwait(false);
        try
        {
            // Queries are short, but they may wait for a disk: not on the caller's thread.
            return await Task.Run(() => RunNow(operation, query)).ConfigureAwait(false);
        }
        finally
        {
            free.Release();
        }
    }

    /// <summary>Waits for queries that run, then closes the connections. A query that comes later finds none and says so.</summary>
    public void Dispose()
    {
        for (int i = 0; i < count; i++)
        {
            free.Wait();
        }

        while (idle.TryTake(out Db? db))
        {
            db.Dispose();
        }

        free.Release(count);
    }

    private T RunNow<T>(string operation, Func<Db, T> query)
    {
        if (!idle.TryTake(out Db? db))
        {
            throw new StoreException(StoreFault.Closed, $"{operation}: the master is shutting down");
        }

        try
        {
            return query(db);
        }
        catch (SqliteException error)
        {
            StoreException told = StoreErrors.Of(operation, error);
            if (told.Fault == StoreFault.Fatal)
            {
                failed(told.Message);
            }

            throw told;
        }
        catch (Exception error) when (error is not (StoreException or OutOfMemoryException))
        {
            // A row that cannot be understood fails the one request, in the words that callers expect.
            throw new StoreException(StoreFault.Failed, $"{operation}: {error.Message}", error);
        }
        finally
        {
            idle.Add(db);
        }
    }
}
