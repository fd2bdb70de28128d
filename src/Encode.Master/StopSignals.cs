namespace Encode.Master;

/// <summary>
/// SIGTERM and SIGINT. The first drains. Whoever stops a process may signal it and then its group, as timeout(1) does, so the same wish
/// arrives twice at once: what follows within <see cref="RepeatTime"/> of the first changes nothing. A later one ends the process at once.
/// Signals arrive on threads of the runtime, so one may meet another here.
/// </summary>
internal sealed class StopSignals(CancellationTokenSource stop, TimeProvider clock, ILogger log)
{
    /// <summary>How long a signal counts as a repeat of the first: far above what a sender needs for two, below a person's second try.</summary>
    public static readonly TimeSpan RepeatTime = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private long? first;

    /// <summary>Takes a signal.</summary>
    /// <returns>Whether the process goes on, to drain; false ends it at once.</returns>
    public bool Take()
    {
        lock (gate)
        {
            if (first is { } earlier)
            {
                return IsRepeat(earlier);
            }

            first = clock.GetTimestamp();
        }

        stop.Cancel();
        return true;
    }

    private bool IsRepeat(long earlier)
    {
        if (clock.GetElapsedTime(earlier) < RepeatTime)
        {
            return true;
        }

        log.EndsAtOnce();
        return false;
    }
}
