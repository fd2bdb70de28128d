using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Pipeline;

/// <summary>What is to be made of what, and where it goes.</summary>
public sealed record TranscodeRequest
{
    /// <summary>The scenario, resolved.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>The input; null for a generated clip of <see cref="EncodeSettings.GeneratedSeconds"/>.</summary>
    public MediaInput? Input { get; init; }

    /// <summary>The output's files, open for reading and writing and empty, in the order of <see cref="OutputNames"/>. The caller keeps owning them. Those of a folder that are empty in the end are of tracks that the input lacked, and belong to no output.</summary>
    public required IReadOnlyList<SafeFileHandle> Outputs { get; init; }

    /// <summary>Hears how far the files are final while they are made; null where nobody needs to know.</summary>
    public IOutputGate? OutputGate { get; init; }

    /// <summary>Threads that libav may keep busy; 0 means one a processor that this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// A folder, open, for what the first of two passes keeps for the second: at 4K up to 64 KB a picture. Needed where a rendition has two; the
    /// caller keeps owning it and deletes what is in it. It is reached through <c>/proc/self/fd</c>, since a cell has no paths.
    /// </summary>
    public SafeFileHandle? Scratch { get; init; }

    /// <summary>Where the encode is kept while it is made, and may be from before: then the run goes on from there. Null keeps nothing.</summary>
    public SegmentFiles? Segments { get; init; }

    /// <summary>Whether every rendition is made of the source's pictures, as a test of the cascade needs to compare with.</summary>
    internal bool ScalesFromSource { get; init; }

    /// <summary>Whether a hardware encoder is opened though its driver is missing, as a test of what follows a failed opening needs.</summary>
    internal bool TriesWithoutDriver { get; init; }
}
