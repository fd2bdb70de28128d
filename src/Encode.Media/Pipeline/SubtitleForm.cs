using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>A form in which a subtitle track goes into outputs; outputs of like containers share one.</summary>
/// <param name="Track">Its number among the tracks of the job.</param>
/// <param name="Format">The text format that it is converted to; null where its packets are copied.</param>
internal sealed record SubtitleForm(int Track, SubtitleFormat? Format)
{
    /// <summary>libavcodec's name of the encoder; there is none of ASS, which nothing is converted to.</summary>
    public string EncoderName => Format switch
    {
        SubtitleFormat.MovText => "mov_text",
        SubtitleFormat.Webvtt => "webvtt",
        _ => "subrip",
    };
}
