namespace Encode.Master.Dispatch;

/// <summary>The dispatcher's times.</summary>
public static class DispatchLimits
{
    /// <summary>How long a node may take to answer an offer: a supervisor that is alive answers in milliseconds, without opening anything.</summary>
    public static readonly TimeSpan OfferTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Longest setting of a timer: what is due later is looked at again then.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromHours(1);
}
