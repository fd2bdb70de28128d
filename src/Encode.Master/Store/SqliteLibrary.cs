using SQLitePCL;

namespace Encode.Master.Store;

/// <summary>The SQLite that this program runs with: linked in when published, our own shared build under the JIT.</summary>
internal static class SqliteLibrary
{
    /// <summary>3.51.3 is the first that cannot corrupt a WAL database when a checkpoint and a reset meet (7, DESIGN).</summary>
    private const int OldestVersionNumber = 3_051_003;

    /// <summary>Makes SQLite ready, once, and refuses one that is too old.</summary>
    /// <exception cref="StoreException">It is missing or too old.</exception>
    public static void Initialize()
    {
        try
        {
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
        }
        catch (DllNotFoundException error)
        {
            throw new StoreException(StoreFault.CannotOpen, "load SQLite: libe_sqlite3.so is not beside the program; run the Native target and build again", error);
        }

        if (raw.sqlite3_libversion_number() < OldestVersionNumber)
        {
            throw new StoreException(
                StoreFault.CannotOpen,
                $"start SQLite: this is {raw.sqlite3_libversion().utf8_to_string()}, and one before 3.51.3 can corrupt a database; run the Native target and build again");
        }
    }
}
