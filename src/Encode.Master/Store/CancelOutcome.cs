namespace Encode.Master.Store;

/// <summary>What became of a cancel.</summary>
public enum CancelOutcome
{
    /// <summary>It is canceled, now or before (200).</summary>
    Canceled,

    /// <summary>Its state forbids it (409).</summary>
    Forbidden,

    /// <summary>There is no such job (404).</summary>
    Missing,
}
