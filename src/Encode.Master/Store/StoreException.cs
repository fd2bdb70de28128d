namespace Encode.Master.Store;

/// <summary>The store could not do what it was asked. The message is one sentence for the user.</summary>
/// <param name="fault">What kind of fault.</param>
/// <param name="message">Operation, object, hint.</param>
/// <param name="inner">What SQLite said.</param>
public sealed class StoreException(StoreFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of fault: what the caller should do about it.</summary>
    public StoreFault Fault { get; } = fault;
}
