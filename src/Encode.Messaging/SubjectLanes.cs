namespace Encode.Messaging;

/// <summary>
/// Runs message handlers: one at a time and in order for a subject, and side by side for different subjects. A subject names one
/// node and one verb, so a slow result of one node holds up neither its heartbeats nor another node. A lane exists only while it
/// has work.
/// </summary>
internal sealed class SubjectLanes
{
    /// <summary>Messages that may wait for one handler: 500 s of progress. Beyond that the newest are dropped and counted.</summary>
    public const int MaxWaiting = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<Func<Task>>> _lanes = [];

    /// <summary>Queues work for a subject.</summary>
    /// <param name="subject">The lane.</param>
    /// <param name="work">Must not throw.</param>
    /// <returns>False when the lane is full.</returns>
    public bool Post(string subject, Func<Task> work)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(subject, out Queue<Func<Task>>? waiting))
            {
                if (waiting.Count >= MaxWaiting)
                {
                    return false;
                }

                waiting.Enqueue(work);
                return true;
            }

            _lanes.Add(subject, new Queue<Func<Task>>());
        }

        _ = Task.Run(() => DrainAsync(subject, work));
        return true;
    }

    private async Task DrainAsync(string subject, Func<Task> work)
    {
        Func<Task>? next = work;
        while (next is not null)
        {
            await next().ConfigureAwait(false);
            lock (_gate)
            {
                if (!_lanes[subject].TryDequeue(out next))
                {
                    _lanes.Remove(subject);
                }
            }
        }
    }
}
