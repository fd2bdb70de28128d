namespace Encode.Master.Store;

/// <summary>What a piece of work on the writer's thread sees: the connection, one reading of the clock, and what to tell listeners after the commit.</summary>
/// <param name="db">The writer's connection.</param>
/// <param name="now">When the work runs.</param>
internal sealed class StoreTransaction(Db db, DateTimeOffset now)
{
    private readonly List<StoreEvent> events = [];

    /// <summary>The writer's connection.</summary>
    public Db Db => db;

    /// <summary>When the work runs, as the database writes it.</summary>
    public long Now { get; } = now.ToUnixTimeMilliseconds();

    /// <summary>What listeners are told once all this is on disk.</summary>
    public IReadOnlyList<StoreEvent> Events => events;

    /// <summary>Tells listeners something, if this work commits.</summary>
    public void Tell(StoreEvent storeEvent) => events.Add(storeEvent);
}
