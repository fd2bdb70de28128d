using System.Globalization;
using System.Text;
using System.Xml;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// A DASH manifest (ISO/IEC 23009-1, main profile) of finished track files: a period, an adaptation set for the pictures and one for each
/// sound track, segments listed by byte range.
/// </summary>
internal static class DashManifest
{
    private const string Namespace = "urn:mpeg:dash:schema:mpd:2011";

    /// <summary>Ticks a second of segment times: microseconds.</summary>
    private const long Timescale = 1_000_000;

    /// <summary>Bits a second that a text file is announced with: fast talk, with markup.</summary>
    private const long TextBandwidth = 1000;

    public static string Of(IReadOnlyList<CmafTrack> tracks, IReadOnlyList<EncodedTrack> texts)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("MPD", Namespace);
            xml.WriteAttributeString("profiles", "urn:mpeg:dash:profile:isoff-main:2011");
            xml.WriteAttributeString("type", "static");
            xml.WriteAttributeString("mediaPresentationDuration", Duration(tracks.Select(track => track.Length).DefaultIfEmpty().Max()));
            xml.WriteAttributeString("minBufferTime", "PT2S");
            xml.WriteStartElement("Period", Namespace);
            // Players switch within a set, so what one decoder cannot take on from another is in another.
            foreach (IGrouping<string, CmafTrack> pictures in tracks.Where(track => track.Track.Label.Kind == TrackKind.Video).GroupBy(SwitchingGroup))
            {
                WriteSet(xml, "video", [.. pictures]);
            }

            foreach (CmafTrack sound in tracks.Where(track => track.Track.Label.Kind == TrackKind.Audio))
            {
                WriteSet(xml, "audio", [sound]);
            }

            foreach (EncodedTrack track in texts)
            {
                WriteText(xml, track.Label);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n";
    }

    private static unsafe string SwitchingGroup(CmafTrack track) => FormattableString.Invariant(
        $"{track.Track.Parameters->codec_id} {track.Track.Parameters->color_trc} {track.Track.Parameters->format}");

    private static void WriteSet(XmlWriter xml, string type, IReadOnlyList<CmafTrack> tracks)
    {
        if (tracks.Count == 0)
        {
            return;
        }

        xml.WriteStartElement("AdaptationSet", Namespace);
        xml.WriteAttributeString("contentType", type);
        if (tracks.All(track => track.Segments.Select(segment => segment.Start).SequenceEqual(tracks[0].Segments.Select(segment => segment.Start))))
        {
            xml.WriteAttributeString("segmentAlignment", "true");
        }

        xml.WriteAttributeString("startWithSAP", "1");
        if (type == "audio")
        {
            WriteLanguage(xml, tracks[0].Track.Label);
        }

        foreach (CmafTrack track in tracks)
        {
            WriteRepresentation(xml, type, track);
        }

        xml.WriteEndElement();
    }

    private static void WriteLanguage(XmlWriter xml, TrackLabel label)
    {
        if (label.Language is { } language && language != "und" && language.All(char.IsAsciiLetterOrDigit))
        {
            xml.WriteAttributeString("lang", language);
        }
    }

    /// <summary>A text file beside the segments, with what it is for in the words of the standard (section 5.8.5.5).</summary>
    private static void WriteText(XmlWriter xml, TrackLabel label)
    {
        xml.WriteStartElement("AdaptationSet", Namespace);
        xml.WriteAttributeString("contentType", "text");
        xml.WriteAttributeString("mimeType", "text/vtt");
        WriteLanguage(xml, label);
        xml.WriteStartElement("Role", Namespace);
        xml.WriteAttributeString("schemeIdUri", "urn:mpeg:dash:role:2011");
        bool isForHardOfHearing = (label.Disposition & (ffmpeg.AV_DISPOSITION_HEARING_IMPAIRED | ffmpeg.AV_DISPOSITION_CAPTIONS)) != 0;
        xml.WriteAttributeString("value", (label.Disposition & ffmpeg.AV_DISPOSITION_FORCED) != 0 ? "forced-subtitle" : isForHardOfHearing ? "caption" : "subtitle");
        xml.WriteEndElement();
        xml.WriteStartElement("Representation", Namespace);
        xml.WriteAttributeString("id", label.Name);
        xml.WriteAttributeString("bandwidth", Text(TextBandwidth));
        xml.WriteElementString("BaseURL", Namespace, $"{label.Name}{Contracts.Scenarios.OutputNames.TextEnding}");
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static unsafe void WriteRepresentation(XmlWriter xml, string type, CmafTrack track)
    {
        EncodedTrack encoded = track.Track;
        xml.WriteStartElement("Representation", Namespace);
        xml.WriteAttributeString("id", encoded.Label.Name);
        xml.WriteAttributeString("mimeType", $"{type}/mp4");
        xml.WriteAttributeString("codecs", CodecString.Of(encoded.Parameters));
        xml.WriteAttributeString("bandwidth", Text(track.PeakBitrate));
        if (type == "video")
        {
            xml.WriteAttributeString("width", Text(encoded.Parameters->width));
            xml.WriteAttributeString("height", Text(encoded.Parameters->height));
            xml.WriteAttributeString("frameRate", $"{Text(encoded.FrameRate.num)}/{Text(encoded.FrameRate.den)}");
            xml.WriteAttributeString("sar", "1:1");
        }
        else
        {
            xml.WriteAttributeString("audioSamplingRate", Text(encoded.Parameters->sample_rate));
        }

        xml.WriteElementString("BaseURL", Namespace, $"{encoded.Label.Name}.mp4");
        xml.WriteStartElement("SegmentList", Namespace);
        xml.WriteAttributeString("timescale", Text(Timescale));
        WriteRange(xml, "Initialization", "range", 0, track.InitBytes);
        WriteTimeline(xml, track);
        foreach (CmafSegment segment in track.Segments)
        {
            WriteRange(xml, "SegmentURL", "mediaRange", segment.Offset, segment.Bytes);
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void WriteTimeline(XmlWriter xml, CmafTrack track)
    {
        xml.WriteStartElement("SegmentTimeline", Namespace);
        foreach (CmafSegment segment in track.Segments)
        {
            long start = segment.Start * Timescale / TimeBases.Second;
            xml.WriteStartElement("S", Namespace);
            xml.WriteAttributeString("t", Text(start));
            xml.WriteAttributeString("d", Text(((segment.Start + segment.Length) * Timescale / TimeBases.Second) - start));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteRange(XmlWriter xml, string element, string attribute, long offset, long bytes)
    {
        xml.WriteStartElement(element, Namespace);
        xml.WriteAttributeString(attribute, $"{Text(offset)}-{Text(offset + bytes - 1)}");
        xml.WriteEndElement();
    }

    private static string Duration(long nanoseconds) => FormattableString.Invariant($"PT{(double)nanoseconds / TimeBases.Second:0.000}S");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
