using Encode.Contracts.Jobs;

namespace Encode.Agent.Cells;

/// <summary>Bounds on cells and on what they say.</summary>
internal static class CellLimits
{
    /// <summary>Largest message between supervisor and cell in bytes: a result with its notes is a few KiB.</summary>
    internal const int MaxMessageBytes = 256 << 10;

    /// <summary>Open files that a message may carry: an input, the files of all outputs, an index and a file a rendition of segments, and a folder for two passes. The kernel takes 253 (SCM_MAX_FD).</summary>
    internal const int MaxDescriptors = 1 + JobLimits.Files + 1 + JobLimits.ListEntries + 1;

    /// <summary>Characters of a log line that a cell sends on; longer ones are cut.</summary>
    internal const int MaxLogChars = 1000;

    /// <summary>Characters of a cell's last line that its error repeats.</summary>
    internal const int MaxQuotedChars = 160;

    /// <summary>Characters of an error or a note of a cell that travel on: a few sentences, so that a result fits into one message to the master.</summary>
    internal const int MaxSentenceChars = 1000;

    /// <summary>Characters of a name, such as an encoder's or a stage's.</summary>
    internal const int MaxNameChars = 100;

    /// <summary>Notes of a result.</summary>
    internal const int MaxListed = 50;

    /// <summary>
    /// Jobs after which a cell is replaced. A cell does not grow (a test holds that over a thousand jobs), but no test has every codec and
    /// every broken file; and a process that lives for a few hours at the most is one that is started often enough to be sure that it starts.
    /// </summary>
    internal const int JobsPerCell = 1000;

    /// <summary>
    /// Stages of a result: two for each rendition and one for each sound track and output, of which a job has <see cref="JobLimits.ListEntries"/>
    /// each at most, and those that every job has.
    /// </summary>
    internal const int MaxStages = (4 * JobLimits.ListEntries) + 16;

    /// <summary>How long a cell may take to start before it is given up.</summary>
    internal static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How long a canceled cell may take to let go before it is killed.</summary>
    internal static readonly TimeSpan CancelGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a cell that closed its socket may take to end by itself, so that what ended it can be told; and how long a killed one is
    /// waited for: a process that hangs in a driver call or on a dead disk takes its end only when that returns.
    /// </summary>
    internal static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(1);

    /// <summary>How long a job may show no progress before its cell is killed.</summary>
    internal static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(120);

    private const double SlowestCheckBytesPerSecond = 20e6;

    /// <summary>Time that reading an output back may take, on a disk as slow as one may be.</summary>
    internal static TimeSpan CheckTime(long bytes) => TimeSpan.FromSeconds(bytes / SlowestCheckBytesPerSecond);

    /// <summary>First pause before another cell is started after one could not start; doubles up to <see cref="MaxRestartPause"/>.</summary>
    internal static readonly TimeSpan FirstRestartPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause between tries to start a cell.</summary>
    internal static readonly TimeSpan MaxRestartPause = TimeSpan.FromSeconds(10);
}
