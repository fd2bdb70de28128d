using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;

namespace Encode.Agent.Cells;

// What supervisor and cell say to each other. Supervisor on the left, cell on the right:
//
//                                      ◄── ready            libav is up; the cell takes work
//     warm                             ──►                  run a tiny encode, so that the first job finds warm code (then ready again)
//     start + [input,] output files [, segments] [, scratch folder] ──►
//                                      ◄── need_range       the spool lacks this part of the input; the read waits
//     range_ready | range_failed       ──►                  says how far it is contiguous, so that most reads need not ask
//                                      ◄── log, first_frame, progress, moving (bytes move although no figure changes)
//                                      ◄── grew             so much of an output will not change any more and may be sent on
//     taken                            ──►                  so much of it has been; a muxer that is too far ahead waits for that
//     cancel                           ──►                  seen between codec calls
//                                      ◄── result | error | canceled
//     verify                           ──►                  read back all that was written
//                                      ◄── verified | error | canceled
//     release                          ──►                  let go of the outputs; after verified, error and canceled that is so already
//
// No paths, no URLs and no secrets ever travel here: a cell parses hostile media, and what it does not know it cannot leak.

/// <summary>What a message between supervisor and cell means.</summary>
[JsonConverter(typeof(SnakeCaseEnum<CellMessageKind>))]
internal enum CellMessageKind
{
    Ready,
    Warm,
    Start,
    NeedRange,
    RangeReady,
    RangeFailed,
    Log,
    FirstFrame,
    Progress,
    Moving,
    Grew,
    Taken,
    Cancel,
    Result,
    Verify,
    Verified,
    Error,
    Canceled,
    Release,
}

/// <summary>A message between supervisor and cell; which members are set follows from its kind.</summary>
internal sealed record CellMessage(CellMessageKind Kind)
{
    /// <summary>start: what to do.</summary>
    public CellStart? Start { get; init; }

    /// <summary>start, range_ready, range_failed, taken: which job of this cell is meant, so that an answer that comes late reaches no later job.</summary>
    public long Job { get; init; }

    /// <summary>need_range, range_ready: where the range begins.</summary>
    public long Offset { get; init; }

    /// <summary>grew, taken: which of the outputs' files.</summary>
    public int File { get; init; }

    /// <summary>need_range, range_ready: how many bytes it has; grew, taken: up to which byte.</summary>
    public long Count { get; init; }

    /// <summary>log: the line.</summary>
    public string? Text { get; init; }

    /// <summary>progress: figures.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>error, range_failed: why.</summary>
    public JobError? Error { get; init; }

    /// <summary>result: what was made; verify: what to compare with.</summary>
    public TranscodeResult? Result { get; init; }
}

/// <summary>A job as a cell sees it. The input, when there is one, and the files of all outputs arrive as open files with the message.</summary>
/// <param name="Settings">What to make.</param>
/// <param name="Threads">Hardware threads to use; 0 for all.</param>
/// <param name="HasInput">Whether the first file is an input; otherwise the clip is generated.</param>
/// <param name="InputBytes">Length of the input.</param>
/// <param name="Spooled">Whether parts of the input are still missing and must be asked for.</param>
/// <param name="SegmentSeconds">Time between two cuts, where an index and a file a rendition of segments follow the outputs; null where they do not.</param>
/// <param name="HasScratch">Whether the last file is a folder for what lies between two passes.</param>
internal sealed record CellStart(EncodeSettings Settings, int Threads, bool HasInput, long InputBytes, bool Spooled, double? SegmentSeconds = null, bool HasScratch = false)
{
    /// <summary>Files of the outputs that are sent on while they grow.</summary>
    public IReadOnlyList<int> Followed { get; init; } = [];

    /// <summary>How far such a file may be ahead of what was taken of it, in bytes.</summary>
    public long AheadBytes { get; init; }

    /// <summary>Open files that come with it.</summary>
    [JsonIgnore]
    public int FileCount => (HasInput ? 1 : 0) + OutputNames.CountOf(Settings) + (SegmentSeconds is null ? 0 : 1 + Settings.Video.Count) + (HasScratch ? 1 : 0);
}

/// <summary>The wire form of <see cref="CellMessage"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(CellMessage))]
internal sealed partial class CellJson : JsonSerializerContext;
