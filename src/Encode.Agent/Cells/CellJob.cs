using Encode.Agent.Transfers;
using Encode.Contracts.Scenarios;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Cells;

/// <summary>A job for a cell. The files stay the caller's and must stay open until the job ends.</summary>
internal sealed record CellJob
{
    /// <summary>What to make.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>The input; null for a generated clip.</summary>
    public JobInput? Input { get; init; }

    /// <summary>The files of all outputs, open for reading and writing, in the order of the settings.</summary>
    public required IReadOnlyList<SafeFileHandle> Outputs { get; init; }

    /// <summary>Hears how far the outputs are final while they are made, and slows the cell down; null when nobody follows them.</summary>
    public OutputGrowth? Growth { get; init; }

    /// <summary>Where the encode is kept while it is made, and may be from before; null keeps nothing.</summary>
    public SegmentFiles? Segments { get; init; }

    /// <summary>The folder for what lies between two passes; null when no rendition has two.</summary>
    public SafeFileHandle? Scratch { get; init; }

    /// <summary>Hardware threads to use; 0 for all.</summary>
    public int Threads { get; init; }
}
