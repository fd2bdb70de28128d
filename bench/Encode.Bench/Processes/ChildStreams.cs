using Microsoft.Win32.SafeHandles;

namespace Encode.Bench.Processes;

/// <summary>Where a child's standard streams lead. What is not named leads to /dev/null.</summary>
internal sealed record ChildStreams
{
    /// <summary>A file to read from.</summary>
    public string? InputFile { get; init; }

    /// <summary>The read end of a pipe; stays the caller's.</summary>
    public SafeFileHandle? InputPipe { get; init; }

    /// <summary>A file to write to; it is made anew.</summary>
    public string? OutputFile { get; init; }

    /// <summary>The write end of a pipe; stays the caller's.</summary>
    public SafeFileHandle? OutputPipe { get; init; }

    /// <summary>A file for what the child complains of; it is made anew.</summary>
    public string? ErrorFile { get; init; }
}
