using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Pipeline;

/// <summary>The pictures of one track of a finished file, in the order in which they are shown. Owned by one thread; the file stays its owner's.</summary>
internal sealed unsafe class CodedPictures : IDisposable
{
    private readonly TranscodeRun _run;
    private readonly BorrowedFile _file;
    private readonly InputContext _input;
    private readonly Decoder _decoder;
    private readonly int _stream;
    private bool _ended;

    /// <summary>Opens a picture track.</summary>
    /// <param name="run">Lends frames and packets.</param>
    /// <param name="file">The file, open for reading.</param>
    /// <param name="number">Which of its picture tracks, from 0.</param>
    /// <param name="threads">Threads of the decoder.</param>
    public CodedPictures(TranscodeRun run, SafeFileHandle file, int number, int threads)
    {
        _run = run;
        _file = new BorrowedFile(file);
        try
        {
            _input = InputContext.OpenIndexed(_file, run.Stopping);
            _stream = FindPicture(number);
            _decoder = Decoder.Open(_input.Context->streams[_stream], ThreadBudget.For(threads).Decoder);
        }
        catch
        {
            _input?.Dispose();
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The next picture, which is the caller's; null after the last.</summary>
    public MediaFrame? Next()
    {
        MediaFrame frame = _run.Frames.Rent();
        try
        {
            CodecStep step;
            while ((step = _decoder.Receive(frame)) == CodecStep.NeedsInput)
            {
                Feed();
            }

            if (step == CodecStep.Done)
            {
                return frame;
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        frame.Dispose();
        return null;
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _input.Dispose();
        _file.Dispose();
    }

    private void Feed()
    {
        using MediaPacket packet = _run.Packets.Rent();
        while (!_ended)
        {
            _run.Stopping.ThrowIfCancellationRequested();
            if (!_input.Read(packet))
            {
                _ended = true;
            }
            else if (packet.Native->stream_index == _stream)
            {
                // All that was ready has been received, so it is taken.
                _decoder.Send(packet);
                return;
            }
            else
            {
                ffmpeg.av_packet_unref(packet.Native);
            }
        }

        _decoder.Send(null);
    }

    private int FindPicture(int number)
    {
        for (int i = 0; i < (int)_input.Context->nb_streams; i++)
        {
            if (_input.Context->streams[i]->codecpar->codec_type == AVMediaType.AVMEDIA_TYPE_VIDEO && number-- == 0)
            {
                return i;
            }
        }

        throw OutputVerifier.Wrong("a picture track is missing");
    }
}
