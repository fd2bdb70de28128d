namespace Encode.Master.Store;

/// <summary>How a store is opened.</summary>
public sealed record StoreOptions
{
    /// <summary>Path of the database file; empty keeps everything in memory.</summary>
    public string Path { get; init; } = "";

    /// <summary>The clock that times are taken from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Connections that read beside the writer.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>Largest size of the database in pages of 4096 bytes, after which it answers like a full disk; 0 sets no bound.</summary>
    public long MaxPages { get; init; }

    /// <summary>Where ids of jobs and content and lease tokens come from, 32 hex digits each; null takes the system's randomness.</summary>
    public Func<string>? NewId { get; init; }
}
