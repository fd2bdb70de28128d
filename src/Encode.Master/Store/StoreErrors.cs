using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>What SQLite's error codes mean for a master.</summary>
internal static class StoreErrors
{
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    // What a full disk looks like when the shared memory of the WAL has to grow.
    private const int IoErrorSharedMemorySize = IoError | (19 << 8);

    /// <summary>Puts an error into one sentence and says what is to be done about it.</summary>
    public static StoreException Of(string operation, SqliteException error)
    {
        if (error.SqliteErrorCode == Full || error.SqliteExtendedErrorCode == IoErrorSharedMemorySize)
        {
            return new StoreException(StoreFault.DiskFull, $"{operation}: the disk under the database is full; free some space and try again", error);
        }

        return error.SqliteErrorCode is ReadOnly or IoError or Corrupt or CannotOpen or NotADatabase
            ? new StoreException(StoreFault.Fatal, $"{operation}: the database cannot be read or written any more ({Clean(error)}); check its disk, then start the master again", error)
            : new StoreException(StoreFault.Failed, $"{operation}: the database refused ({Clean(error)})", error);
    }

    /// <summary>What went wrong while a database was opened.</summary>
    public static StoreException OfOpen(string path, SqliteException error) => new(
        StoreFault.CannotOpen,
        error.SqliteErrorCode switch
        {
            NotADatabase => $"open database '{path}': this file is no SQLite database; name another --db",
            CannotOpen or ReadOnly => $"open database '{path}': it cannot be opened for writing; check that the folder exists and who may write there",
            Full => $"open database '{path}': the disk is full",
            _ => $"open database '{path}': {Clean(error)}",
        },
        error);

    private static string Clean(SqliteException error) => error.Message.TrimEnd('.');
}
