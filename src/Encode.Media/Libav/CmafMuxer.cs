using System.Text;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Pipeline;

namespace Encode.Media.Libav;

/// <summary>
/// An output that is a folder: a fragmented MP4 for each track, and HLS and DASH manifests that point into them by byte range. Every file
/// is open before the first packet, and the track files only ever grow, so that they can be fetched or uploaded meanwhile; the manifests are
/// written last.
/// </summary>
internal sealed class CmafMuxer(EncodeSettings settings, OutputLane lane, CancellationToken stop) : OutputMuxer
{
    private readonly IReadOnlyList<string> _names = OutputNames.Of(settings, lane.Settings);
    private readonly List<CmafTrack> _tracks = [];
    private readonly List<CmafText> _texts = [];
    private FileLabel _label = new();
    private long[] _bytes = [];
    private long _written;

    /// <inheritdoc/>
    public override long BytesMoved => BytesWritten;

    /// <inheritdoc/>
    public override long BytesWritten => Volatile.Read(ref _written);

    /// <inheritdoc/>
    public override IReadOnlyList<long> FileBytes => _bytes;

    /// <inheritdoc/>
    public override long FinalBytes(int file)
    {
        foreach (CmafTrack track in _tracks)
        {
            if (track.File == file)
            {
                return track.FinalBytes;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public override void Describe(FileLabel label) => _label = label with { Chapters = [] };

    /// <inheritdoc/>
    public override void Open(IReadOnlyList<EncodedTrack> tracks)
    {
        long segment = (long)(lane.Settings.VideoOf(settings).Select(video => video.GopSeconds).DefaultIfEmpty(2).Max() * TimeBases.Second);
        foreach (EncodedTrack track in tracks)
        {
            if (track.Label.Kind == TrackKind.Subtitle)
            {
                _texts.Add(new CmafText(lane.Files[IndexOf($"{track.Label.Name}{OutputNames.TextEnding}")], track, stop));
                continue;
            }

            int file = IndexOf($"{track.Label.Name}.mp4");
            CmafTrack opened = new(lane.Files[file], track, track.Label.Kind == TrackKind.Video ? 0 : segment, stop) { File = file };
            _tracks.Add(opened);
            opened.Open(_label);
        }
    }

    /// <inheritdoc/>
    public override void Write(MediaPacket packet)
    {
        foreach (CmafTrack track in _tracks)
        {
            if (track.Track.Label.Id == packet.Track)
            {
                long before = track.BytesWritten;
                track.Write(packet);
                Volatile.Write(ref _written, _written + track.BytesWritten - before);
                return;
            }
        }

        // No lambda: it would be an object for each packet, of pictures too.
        foreach (CmafText text in _texts)
        {
            if (text.Track.Label.Id == packet.Track)
            {
                text.Write(packet);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        _bytes = new long[_names.Count];
        foreach (CmafTrack track in _tracks)
        {
            track.Finish();
            _bytes[track.File] = track.BytesWritten;
            if (track.Segments.Count > 0)
            {
                WriteText($"{track.Track.Label.Name}.m3u8", HlsManifest.OfTrack(track));
            }
        }

        CmafTrack[] whole = [.. _tracks.Where(track => track.Segments.Count > 0)];
        FinishTexts(whole.Select(track => track.Length).DefaultIfEmpty().Max());
        EncodedTrack[] texts = [.. _texts.Select(text => text.Track)];
        WriteText(OutputNames.HlsManifest, HlsManifest.OfAll(whole, texts));
        WriteText(OutputNames.DashManifest, DashManifest.Of(whole, texts));
        Volatile.Write(ref _written, _bytes.Sum());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tracks.ForEach(track => track.Dispose());
            _tracks.Clear();
            _texts.ForEach(text => text.Dispose());
            _texts.Clear();
        }
    }

    private void FinishTexts(long length)
    {
        foreach (CmafText text in _texts)
        {
            text.Finish();
            string name = text.Track.Label.Name;
            _bytes[IndexOf($"{name}{OutputNames.TextEnding}")] = text.BytesWritten;
            WriteText($"{name}.m3u8", HlsManifest.OfText(text.Track, length));
        }
    }

    private int IndexOf(string name) => _names.Index().First(entry => entry.Item == name).Index;

    private void WriteText(string name, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        OutputIo.WriteWhole(lane.Files[IndexOf(name)], bytes);
        _bytes[IndexOf(name)] = bytes.Length;
    }
}
