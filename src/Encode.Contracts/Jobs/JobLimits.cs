namespace Encode.Contracts.Jobs;

/// <summary>Bounds on what a submitted job may say.</summary>
public static class JobLimits
{
    /// <summary>Largest body in bytes: the largest sensible job is a few kilobytes, and each is kept as long as its job.</summary>
    public const int BodyBytes = 64 << 10;

    /// <summary>Deepest nesting of the body; the shape itself needs five.</summary>
    public const int Depth = 16;

    /// <summary>Problems that one answer lists; after that many a reader has seen the pattern.</summary>
    public const int Problems = 50;

    /// <summary>Longest text in characters: Linux's longest path, and longer than any URL that servers take.</summary>
    public const int TextChars = 4096;

    /// <summary>Characters of a rejected value that a problem repeats.</summary>
    public const int EchoChars = 80;

    /// <summary>Entries in a list: more renditions or tracks than any ladder has.</summary>
    public const int ListEntries = 32;

    /// <summary>Files that a job writes: their descriptors reach a cell in one message, and the kernel takes 253 in one (SCM_MAX_FD).</summary>
    public const int Files = 200;

    /// <summary>
    /// Bytes of the URLs of all files that a job writes, as JSON writes them: a result names each, and with its log and notes it must fit into one
    /// message (<see cref="Messages.MessageLimits.PayloadBytes"/>) and into an agent's journal.
    /// </summary>
    public const int UrlBytes = 128 << 10;

    /// <summary>Further attempts when a job does not say: three, so that a bad host and a bad moment or two are survived.</summary>
    public const int DefaultRetries = 3;

    /// <summary>Most further attempts a job may ask for.</summary>
    public const int MaxRetries = 20;

    /// <summary>Longest time limit of an attempt in seconds: a week.</summary>
    public const int MaxTimeoutSeconds = 7 * 24 * 3600;
}
