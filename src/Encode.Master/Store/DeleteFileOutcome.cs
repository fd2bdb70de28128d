namespace Encode.Master.Store;

/// <summary>What became of a deletion.</summary>
public enum DeleteFileOutcome
{
    /// <summary>The name is gone; the content follows.</summary>
    Deleted,

    /// <summary>There is no such file (404).</summary>
    Missing,

    /// <summary>A job that has not ended reads it (409).</summary>
    Needed,
}
