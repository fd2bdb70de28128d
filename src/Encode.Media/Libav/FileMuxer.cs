using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>An output that is one file with every track in it.</summary>
internal sealed class FileMuxer(SafeFileHandle file, Container container, CancellationToken stop) : OutputMuxer
{
    private readonly FormatWriter _writer = new(file, FormatOf(container), stop);

    /// <inheritdoc/>
    public override long BytesMoved => _writer.BytesMoved;

    /// <inheritdoc/>
    public override long BytesWritten => _writer.BytesWritten;

    /// <inheritdoc/>
    public override IReadOnlyList<long> FileBytes => [_writer.BytesWritten];

    /// <inheritdoc/>
    public override long FinalBytes(int file) => container == Container.Ts ? _writer.BytesWritten : 0;

    /// <summary>Gives the file a title, chapters and what else belongs to all of it.</summary>
    public override void Describe(FileLabel label) => _writer.Describe(label);

    /// <inheritdoc/>
    public override void Open(IReadOnlyList<EncodedTrack> tracks)
    {
        foreach (EncodedTrack track in tracks)
        {
            _writer.Add(track);
        }

        switch (container)
        {
            case Container.Mp4:
                _writer.WriteHeader(("movflags", "+faststart"));
                break;
            case Container.Mkv or Container.Webm:
                // Which tracks are default ones is the source's word, not the muxer's guess.
                _writer.WriteHeader(("default_mode", "passthrough"));
                break;
            default:
                _writer.WriteHeader();
                break;
        }
    }

    /// <inheritdoc/>
    public override void Write(MediaPacket packet) => _writer.Write(packet);

    /// <inheritdoc/>
    public override void Advance(int track, long time) => _writer.Advance(track, time);

    /// <inheritdoc/>
    public override void Finish() => _writer.WriteTrailer();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writer.Dispose();
        }
    }

    private static string FormatOf(Container container) => container switch
    {
        Container.Mkv => "matroska",
        Container.Webm => "webm",
        Container.Ts => "mpegts",
        _ => "mp4",
    };
}
