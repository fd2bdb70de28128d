using System.Net;
using System.Threading.RateLimiting;

namespace Encode.Master.Api.Access;

/// <summary>
/// Who is refused, how often, and what that costs him. Guesses of keys are slowed down per address: after a burst each wrong key waits for
/// its turn, and where too many wait the rest are answered 429 at once. A right key is never slowed, not even from the same address. The log
/// is kept readable the same way: an address gets a few lines a minute, then one that says so. Peers are counted as <see cref="PeerNetwork"/> says.
/// </summary>
public sealed class Refusals : IDisposable
{
    /// <summary>Wrong keys that an address may try without delay: a script that was given an old key tries a few times.</summary>
    public const int FreeTries = 10;

    /// <summary>Wrong keys a second that an address may try after that.</summary>
    public const int TriesPerSecond = 5;

    /// <summary>Tries of an address that wait for their turn, so at most four seconds.</summary>
    public const int WaitingTries = 20;

    /// <summary>Lines a minute that an address may put into the log.</summary>
    public const int LinesPerMinute = 10;

    private readonly ILogger log;
    private readonly PartitionedRateLimiter<IPAddress> tries = PartitionedRateLimiter.Create<IPAddress, IPAddress>(peer => RateLimitPartition.GetTokenBucketLimiter(
        PeerNetwork.Of(peer),
        _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = FreeTries,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / TriesPerSecond),
            QueueLimit = WaitingTries,
        }));

    private readonly PartitionedRateLimiter<IPAddress> lines = PartitionedRateLimiter.Create<IPAddress, IPAddress>(peer => RateLimitPartition.GetFixedWindowLimiter(
        PeerNetwork.Of(peer),
        _ => new FixedWindowRateLimiterOptions { PermitLimit = LinesPerMinute, Window = TimeSpan.FromMinutes(1) }));

    private long count;

    /// <param name="log">Where refusals are told.</param>
    public Refusals(ILogger log) => this.log = log;

    /// <summary>Everything refused so far, connections and requests.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Lets a wrong key wait for its turn.</summary>
    /// <returns>Whether its turn came; false when too many wait.</returns>
    public async ValueTask<bool> WaitAsync(IPAddress? peer, CancellationToken cancel)
    {
        using RateLimitLease turn = await tries.AcquireAsync(peer ?? IPAddress.None, 1, cancel);
        return turn.IsAcquired;
    }

    /// <summary>Tells of a refusal in the log, unless its peer has filled its lines.</summary>
    /// <param name="peer">Who was refused.</param>
    /// <param name="reason">The end of a sentence.</param>
    public void Tell(IPAddress? peer, string reason)
    {
        Interlocked.Increment(ref count);
        IPAddress key = peer ?? IPAddress.None;
        using RateLimitLease line = lines.AttemptAcquire(key);
        if (!line.IsAcquired)
        {
            return;
        }

        log.AccessRefused(peer, reason);
        if (lines.GetStatistics(key) is { CurrentAvailablePermits: 0 })
        {
            log.RefusalsNotLogged(peer, LinesPerMinute);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tries.Dispose();
        lines.Dispose();
    }
}
