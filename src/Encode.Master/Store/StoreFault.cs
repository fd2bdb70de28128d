namespace Encode.Master.Store;

/// <summary>Kinds of faults of the store.</summary>
public enum StoreFault
{
    /// <summary>The database cannot be opened: in use, unreadable, from a newer version. The master does not start.</summary>
    CannotOpen,

    /// <summary>The disk under the database is full (507). The request changed nothing; others may go on.</summary>
    DiskFull,

    /// <summary>A fault of this one request (500). It changed nothing.</summary>
    Failed,

    /// <summary>Reading or writing the database failed for good (503): the master stops.</summary>
    Fatal,

    /// <summary>The store is closed (503).</summary>
    Closed,
}
