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

    /// <summary>Bytes that may wait for one handler: a few of the largest messages, and far more progress than may wait.</summary>
    public const int MaxWaitingBytes = 4 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = [];

    /// <summary>Queues work for a subject.</summary>
    /// <param name="subject">The lane.</param>
    /// <param name="bytes">Bytes that the work keeps in memory.</param>
    /// <param name="work">Must not throw.</param>
    /// <returns>False when the lane is full.</returns>
    public bool Post(string subject, int bytes, Func<Task> work)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(subject, out Lane? lane))
            {
                return lane.TryAdd(bytes, work);
            }

            _lanes.Add(subject, new Lane());
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
                next = _lanes[subject].Take();
                if (next is null)
                {
                    _lanes.Remove(subject);
                }
            }
        }
    }

    /// <summary>What waits behind the work that runs.</summary>
    private sealed class Lane
    {
        private readonly Queue<(int Bytes, Func<Task> Work)> _waiting = new();
        private int _bytes;

        public bool TryAdd(int bytes, Func<Task> work)
        {
            if (_waiting.Count >= MaxWaiting || _bytes + bytes > MaxWaitingBytes)
            {
                return false;
            }

            _bytes += bytes;
            _waiting.Enqueue((bytes, work));
            return true;
        }

        public Func<Task>? Take()
        {
            if (!_waiting.TryDequeue(out (int Bytes, Func<Task> Work) next))
            {
                return null;
            }

            _bytes -= next.Bytes;
            return next.Work;
        }
    }
}
