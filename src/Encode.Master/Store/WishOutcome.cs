namespace Encode.Master.Store;

/// <summary>What became of a wish to pause or to resume.</summary>
public enum WishOutcome
{
    /// <summary>It is noted, or is so already (200).</summary>
    Taken,

    /// <summary>The job's state forbids it (409).</summary>
    Forbidden,

    /// <summary>There is no such job (404).</summary>
    Missing,
}
