using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Agent.Cells;

/// <summary>Bounds on what a cell says: it parses hostile media, and what it sends must still fit into one message to the master.</summary>
internal static class CellTexts
{
    /// <summary>A text of at most so many characters, with an ellipsis where it was cut.</summary>
    internal static string Cut(string? text, int chars)
    {
        text ??= "";
        if (text.Length <= chars)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[chars - 1]) ? chars - 1 : chars;
        return text[..end] + "…";
    }

    /// <summary>A result whose texts and lists are of a size that real ones never reach.</summary>
    internal static TranscodeResult Bounded(TranscodeResult result) => result with
    {
        Encoder = Cut(result.Encoder, CellLimits.MaxNameChars),
        Stages = [.. (result.Stages ?? []).Take(CellLimits.MaxStages).Select(stage => stage with { Name = Cut(stage.Name, CellLimits.MaxNameChars) })],
        BoundBy = result.BoundBy is null ? null : Cut(result.BoundBy, CellLimits.MaxNameChars),
        Files = [.. (result.Files ?? []).Take(JobLimits.Files).Select(Bounded)],
        Renditions = [.. (result.Renditions ?? []).Take(JobLimits.ListEntries).Select(Bounded)],
        Notes = [.. (result.Notes ?? []).Take(CellLimits.MaxListed).Select(note => Cut(note, CellLimits.MaxSentenceChars))],
    };

    private static FileResult Bounded(FileResult file) => file with
    {
        Renditions = [.. (file.Renditions ?? []).Take(JobLimits.ListEntries).Select(name => Cut(name, CellLimits.MaxNameChars))],
    };

    private static RenditionResult Bounded(RenditionResult rendition) => rendition with
    {
        Name = Cut(rendition.Name, CellLimits.MaxNameChars),
        Encoder = Cut(rendition.Encoder, CellLimits.MaxNameChars),
    };
}
