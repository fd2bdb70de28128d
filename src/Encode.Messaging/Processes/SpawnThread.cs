using System.Collections.Concurrent;

namespace Encode.Messaging.Processes;

/// <summary>
/// The one thread that starts children. PR_SET_PDEATHSIG fires when the *thread* that made the child ends, so a child started
/// from a thread of the pool would die whenever the pool shrinks. This one never ends.
/// </summary>
internal static class SpawnThread
{
    private static readonly BlockingCollection<Action> s_work = Start();

    /// <summary>Runs a function on the thread and returns its result, or throws what it threw.</summary>
    public static T Run<T>(Func<T> function)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> Start()
    {
        BlockingCollection<Action> work = [];
        Thread thread = new(() =>
        {
            foreach (Action action in work.GetConsumingEnumerable())
            {
                action();
            }
        })
        {
            IsBackground = true,
            Name = "start children",
        };
        thread.Start();
        return work;
    }
}
