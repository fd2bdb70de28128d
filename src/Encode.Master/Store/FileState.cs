namespace Encode.Master.Store;

/// <summary>Where a stored file stands.</summary>
public enum FileState
{
    /// <summary>A client sends it; what has come may be resumed.</summary>
    Uploading,

    /// <summary>It is whole and never changes again.</summary>
    Complete,

    /// <summary>The output of an attempt whose result is not accepted yet; it has no name.</summary>
    Staged,
}
