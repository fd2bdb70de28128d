using Encode.Media.Frames;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>
/// The subtitles of a CMAF folder: one WebVTT file, which HLS takes as a segment of its own that lasts as long as the pictures (RFC 8216 section
/// 3.5: without a timestamp map its clock begins at zero, as ours does) and DASH as a file beside the segments.
/// </summary>
internal sealed class CmafText : IDisposable
{
    private readonly FormatWriter _writer;

    /// <summary>A track onto an empty file.</summary>
    /// <param name="file">Stays the caller's.</param>
    /// <param name="track">What it holds; stays the caller's.</param>
    /// <param name="stop">Ends long work.</param>
    public CmafText(SafeFileHandle file, EncodedTrack track, CancellationToken stop)
    {
        Track = track;
        _writer = new FormatWriter(file, "webvtt", stop);
        try
        {
            _writer.Add(track);
            _writer.WriteHeader();
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
    }

    public EncodedTrack Track { get; }

    public long BytesWritten => _writer.BytesWritten;

    /// <summary>Moves a line into the track.</summary>
    public void Write(MediaPacket packet) => _writer.Write(packet);

    public void Finish() => _writer.WriteTrailer();

    public void Dispose() => _writer.Dispose();
}
