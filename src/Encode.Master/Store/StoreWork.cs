using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>A piece of work for the writer's thread, with the answer that somebody waits for.</summary>
internal abstract class StoreWork(string operation)
{
    /// <summary>What it does, for errors: the first words of a sentence.</summary>
    public string Operation { get; } = operation;

    /// <summary>What to tell listeners after the commit.</summary>
    public IReadOnlyList<StoreEvent> Events { get; protected set; } = [];

    /// <summary>Runs the work inside its savepoint.</summary>
    /// <returns>Why it failed; null when it did not.</returns>
    public abstract StoreException? Run(StoreTransaction transaction);

    /// <summary>Answers the caller.</summary>
    /// <param name="error">What spoiled the whole transaction; null when it is on disk.</param>
    public abstract void Settle(StoreException? error);
}

/// <inheritdoc/>
/// <typeparam name="T">What the work answers.</typeparam>
internal sealed class StoreWork<T>(string operation, Func<StoreTransaction, T> work) : StoreWork(operation)
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreException? failure;
    private T result = default!;

    /// <summary>Completes once the work is on disk, or failed.</summary>
    public Task<T> Answer => answer.Task;

    /// <summary>Refuses the work before it ran.</summary>
    public void Fail(StoreException error) => answer.SetException(error);

    /// <inheritdoc/>
    public override StoreException? Run(StoreTransaction transaction)
    {
        try
        {
            result = work(transaction);
            Events = transaction.Events;
        }
        catch (SqliteException error)
        {
            failure = StoreErrors.Of(Operation, error);
        }
        catch (StoreException error)
        {
            failure = error;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A fault of ours fails the one request, not the thread that every other request needs.
            failure = new StoreException(StoreFault.Failed, $"{Operation}: {error.Message}", error);
        }

        return failure;
    }

    /// <inheritdoc/>
    public override void Settle(StoreException? error)
    {
        if (failure is not null || error is not null)
        {
            answer.SetException(failure ?? error!);
        }
        else
        {
            answer.SetResult(result);
        }
    }
}
