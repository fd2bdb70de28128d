namespace Encode.Master.Files;

/// <summary>Bounds on the files that a master keeps.</summary>
public static class FileLimits
{
    /// <summary>Largest file in bytes: 1 TiB, two hours of uncompressed 4K60 in 8 bit.</summary>
    public const long MaxFileBytes = 1L << 40;

    /// <summary>Bytes gathered before they are written and hashed: large enough that system calls do not count, small enough for many uploads.</summary>
    public const int WriteBytes = 256 * 1024;

    /// <summary>Bytes read at once for a download.</summary>
    public const int ReadBytes = 256 * 1024;

    /// <summary>How long an upload that was cut off can be resumed, counted from its last byte.</summary>
    public static readonly TimeSpan PartialAge = TimeSpan.FromHours(24);

    /// <summary>How often uploads older than that are looked for.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromHours(1);

    /// <summary>Uploads in parts whose hash so far is remembered between two parts: of others it is made again from the disk, which takes time and does no harm.</summary>
    public const int RememberedHashes = 256;

    /// <summary>Space that stays free on the file system, in bytes, so that the database beside it can still write.</summary>
    public const long ReserveBytes = 16L << 20;

    /// <summary>Bytes of one upload between two looks at the free space: four uploads at once stay well within the reserve.</summary>
    public const long SpaceCheckBytes = 2L << 20;
}
