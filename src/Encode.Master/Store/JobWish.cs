namespace Encode.Master.Store;

/// <summary>What a user wants of a held job that its agent has not confirmed yet.</summary>
public enum JobWish
{
    /// <summary>That it stands still.</summary>
    Pause,

    /// <summary>That it goes on.</summary>
    Resume,
}
