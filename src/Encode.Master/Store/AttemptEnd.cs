namespace Encode.Master.Store;

/// <summary>Ways in which an attempt ends without a result. <see cref="EndRule"/> says what follows from each.</summary>
public enum AttemptEnd
{
    /// <summary>The node refused the offer.</summary>
    Refused,

    /// <summary>The node never took the offer: its answer did not come, and it does not name the attempt.</summary>
    NeverTaken,

    /// <summary>The node did not answer the offer and was not heard of until the lease ended.</summary>
    OfferExpired,

    /// <summary>The node gave it back, because it shuts down.</summary>
    GivenBack,

    /// <summary>The node took it and does not know it any more: its agent was started again.</summary>
    Forgotten,

    /// <summary>The node was not heard of until the lease ended.</summary>
    LeaseExpired,

    /// <summary>An operator removed the node.</summary>
    NodeRemoved,

    /// <summary>It stood still, and its node did not come back when it was to go on.</summary>
    NotResumed,

    /// <summary>It failed with an error.</summary>
    Failed,

    /// <summary>It ran longer than it was allowed to.</summary>
    TimedOut,
}
