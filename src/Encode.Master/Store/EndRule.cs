using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <summary>What follows from the end of an attempt.</summary>
/// <param name="Again">Whether another attempt may follow.</param>
/// <param name="CostsRetry">Whether that one is counted, and needs a retry that is left.</param>
/// <param name="Waits">Whether it waits first, a while that grows.</param>
/// <param name="Spent">Where the job ends when no attempt follows.</param>
public sealed record EndRule(bool Again, bool CostsRetry, bool Waits, JobState Spent)
{
    /// <summary>What the first retry after a failure waits: causes that pass at once have passed.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    /// <summary>What the second one waits.</summary>
    public static readonly TimeSpan SecondDelay = TimeSpan.FromSeconds(5);

    /// <summary>What each later one waits: a host that needs help needs minutes, and other hosts are there.</summary>
    public static readonly TimeSpan LaterDelay = TimeSpan.FromSeconds(30);

    /// <summary>The rule for an end.</summary>
    /// <param name="end">How the attempt ended.</param>
    /// <param name="error">The error of a failure.</param>
    public static EndRule Of(AttemptEnd end, JobError? error) => end switch
    {
        // An agent that takes an offer beats at once, so a job that kills hosts is known to have been taken before it does.
        AttemptEnd.Refused or AttemptEnd.NeverTaken or AttemptEnd.OfferExpired or AttemptEnd.GivenBack or AttemptEnd.NodeRemoved or AttemptEnd.NotResumed => new(Again: true, CostsRetry: false, Waits: false, JobState.Failed),
        // A lost host has failed, not the job: it goes to another at once. It is counted, because it may be the job that kills hosts.
        AttemptEnd.Forgotten or AttemptEnd.LeaseExpired => new(Again: true, CostsRetry: true, Waits: false, JobState.Failed),
        // The same work takes the same time again, so a retry would only hold a slot as long again.
        AttemptEnd.TimedOut => new(Again: false, CostsRetry: false, Waits: false, JobState.TimedOut),
        _ => new(Again: error is null || ErrorPolicy.MayPass(error.Class), CostsRetry: true, Waits: true, JobState.Failed),
    };
}
