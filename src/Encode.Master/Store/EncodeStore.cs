using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>
/// The jobs, nodes and names of files of one farm: the truth, in one SQLite database. Every call is one transaction and is
/// answered once that is on disk.
///
///     changes ──► <see cref="StoreWriter"/>: one connection, one thread, group commit ──► <see cref="Committed"/> tells listeners
///     reads   ──► <see cref="StoreReaders"/>: a few connections (in memory: the writer's)
///
/// - The rows decide. A claim, an acceptance and every other move of a job is one UPDATE whose WHERE holds the whole fence: id,
///   attempt, token, node, state. Whoever changes no row has lost, and reads the row to say why.
/// - Which moves there are is written in JobTransitions, and again in a trigger of the table: no code can go around it.
/// - All SQL of the master is in this folder. The class is split by subject: jobs, attempts, results, nodes, files.
/// - One master a database (<see cref="DatabaseLock"/>). The version of the tables is <c>user_version</c> (<see cref="Migrations"/>).
/// - What is not promised: progress is not here, it is a hint and lives in memory; nor is the content of files.
/// </summary>
public sealed partial class EncodeStore : IDisposable
{
    private readonly DatabaseLock? fileLock;
    private readonly StoreWriter writer;
    private readonly StoreReaders? readers;
    private readonly TimeProvider clock;
    private readonly DateTimeOffset openedAt;
    private readonly Func<string>? newId;
    private readonly string path;
    private bool disposed;

    private EncodeStore(StoreOptions options, DatabaseLock? fileLock, Db db)
    {
        (clock, this.fileLock) = (options.Clock, fileLock);
        newId = options.NewId;
        path = options.Path;
        openedAt = clock.GetUtcNow();
        MasterId = MakeMasterId(db);
        if (options.Path.Length > 0)
        {
            readers = new StoreReaders(options.Path, options.Readers, reason => writer!.Stop(reason));
        }

        writer = new StoreWriter(db, clock, storeEvent => Committed?.Invoke(storeEvent));
    }

    /// <summary>Raised after the commit of what it tells, in the order of commits, on the writer's thread: listeners only pass it on.</summary>
    public event Action<StoreEvent>? Committed;

    /// <summary>Completes with one sentence when the database failed for good: the master is to stop.</summary>
    public Task<string> Fatal => writer.Fatal;

    /// <summary>Which master this database belongs to: random, made with the database.</summary>
    public string MasterId { get; }

    /// <summary>Opens a database, makes it where there is none, and brings it to the newest version.</summary>
    /// <exception cref="StoreException"><see cref="StoreFault.CannotOpen"/>: another master uses it, it is from a newer version, it is no database.</exception>
    public static EncodeStore Open(StoreOptions options)
    {
        SqliteLibrary.Initialize();
        if (options.Path.Length == 0)
        {
            return new EncodeStore(options, null, OpenDatabase("", options));
        }

        string path = DatabaseFile.Prepare(options.Path);
        DatabaseLock fileLock = DatabaseLock.Take(path);
        try
        {
            DatabaseFile.Make(path);
            return new EncodeStore(options with { Path = path }, fileLock, OpenDatabase(path, options));
        }
        catch (SqliteException error)
        {
            fileLock.Dispose();
            throw StoreErrors.OfOpen(options.Path, error);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    /// <summary>Reads one value, for <c>/health</c>.</summary>
    /// <exception cref="StoreException">The database does not answer.</exception>
    public async Task PingAsync()
    {
        if (Fatal.IsCompleted)
        {
            throw new StoreException(StoreFault.Fatal, await Fatal.ConfigureAwait(false));
        }

        await ReadAsync("read the database", db => db.Number("SELECT count(*) FROM meta")).ConfigureAwait(false);
    }

    /// <summary>Answers what is queued, then closes. Once more does nothing.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        writer.Dispose();
        readers?.Dispose();
        fileLock?.Dispose();
    }

    private Task<T> WriteAsync<T>(string operation, Func<StoreTransaction, T> work) => writer.RunAsync(operation, work);

    private Task<T> ReadAsync<T>(string operation, Func<Db, T> query) =>
        readers is null ? writer.RunAsync(operation, transaction => query(transaction.Db)) : readers.RunAsync(operation, query);

    private static Db OpenDatabase(string path, StoreOptions options)
    {
        Db db = Db.Open(path);
        try
        {
            string? mode = db.Text("PRAGMA journal_mode = WAL");
            if (path.Length > 0 && mode != "wal")
            {
                throw new StoreException(StoreFault.CannotOpen, $"open database '{path}': this file system cannot hold a WAL; put the database on a local disk");
            }

            db.Run("PRAGMA synchronous = FULL");
            if (options.MaxPages > 0)
            {
                db.Run(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {options.MaxPages}"));
            }

            Migrations.Apply(db);
            return db;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    private string MakeMasterId(Db db)
    {
        db.Execute("INSERT INTO meta (name, value) VALUES ('master_id', $id) ON CONFLICT DO NOTHING", ("$id", NewId()));
        return db.Text("SELECT value FROM meta WHERE name = 'master_id'")!;
    }

    /// <summary>128 random bits as 32 hex digits: ids of content, lease tokens.</summary>
    private string NewId() => newId?.Invoke() ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The id of a job. Version 7: ordered by time, so that the index on ids grows at its end.</summary>
    private string NewJobId() => newId?.Invoke() ?? Guid.CreateVersion7().ToString("N");
}
