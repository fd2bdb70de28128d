using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Closed captions that travel in the pictures (ATSC A/53 part 4, CTA-708). They are a stream of bytes that is spread over the pictures in order, so
/// none may be lost or sent twice when pictures are dropped and repeated. At another rate each picture carries as many as that rate has room for, 9600
/// bit/s in all, as libavfilter's own filters do it (<c>ccfifo</c>; CTA-708 section 4.3.6.1); at the source's rate they stay on their pictures. Used by the
/// thread of a rendition's filters; nothing is allocated for a picture.
/// </summary>
internal sealed unsafe class CaptionFlow(TranscodeRun run, RenditionLane lane, Rational sourceRate)
{
    /// <summary>Bytes of a caption: its kind, and two of text.</summary>
    private const int Triplet = 3;

    /// <summary>Most that a picture carries: their count has five bits.</summary>
    private const int MaxOfPicture = 31;

    /// <summary>Most that wait for a picture: two seconds of them.</summary>
    private const int MaxWaiting = 1200;

    /// <summary>Captions and line 21 pairs a second, which a picture has its share of.</summary>
    private const double CaptionsPerSecond = 600;
    private const double PairsPerSecond = 60;

    private const byte Valid = 0x04;
    private const byte KindMask = 0x03;
    private const byte FirstKindOfPackets = 2;
    private const byte Padding = 0xFA;

    private readonly Queue<(byte Kind, byte First, byte Second)> _pairs = new(MaxWaiting);
    private readonly Queue<(byte Kind, byte First, byte Second)> _packets = new(MaxWaiting);
    private readonly bool _isSpread = !lane.Settings.KeepsTimes && lane.Rate != sourceRate;
    private readonly bool _isCarried = lane.Encoder.Codec != VideoCodec.Av1;
    private readonly int _ofPicture = Math.Clamp((int)Math.Round(CaptionsPerSecond / lane.Rate.Value), 1, MaxOfPicture);
    private readonly int _pairsOfPicture = Math.Max(1, (int)Math.Ceiling((PairsPerSecond / lane.Rate.Value) - 0.01));
    private bool _found;
    private bool _overflowed;

    /// <summary>A picture is dropped: the next one takes its captions over, before its own.</summary>
    public void Move(MediaFrame dropped, MediaFrame next)
    {
        AVFrameSideData* first = Of(dropped);
        if (first is null || first->size == 0)
        {
            return;
        }

        AVFrameSideData* second = Of(next);
        int most = (_isSpread ? MaxWaiting : MaxOfPicture) * Triplet;
        int ofFirst = (int)first->size;
        int ofSecond = second is null ? 0 : (int)second->size;
        if (ofFirst + ofSecond > most)
        {
            Overflow();
            return;
        }

        byte* both = stackalloc byte[ofFirst + ofSecond];
        new ReadOnlySpan<byte>(first->data, ofFirst).CopyTo(new Span<byte>(both, ofFirst));
        if (second is not null)
        {
            new ReadOnlySpan<byte>(second->data, ofSecond).CopyTo(new Span<byte>(both + ofFirst, ofSecond));
        }

        Put(next.Native, new ReadOnlySpan<byte>(both, ofFirst + ofSecond));
    }

    /// <summary>Takes the captions off a filtered picture where they are spread anew.</summary>
    public void Take(MediaFrame frame)
    {
        AVFrameSideData* data = Of(frame);
        if (data is null)
        {
            return;
        }

        if (!_found)
        {
            _found = true;
            if (!_isCarried)
            {
                run.Note($"The captions of the picture were left out of {lane.Settings.Name}: encoder {lane.Encoder.Name} does not write them.");
            }
        }

        if (_isSpread)
        {
            Sort(new ReadOnlySpan<byte>(data->data, (int)data->size));
            Drop(frame);
        }
    }

    /// <summary>Takes the captions off a picture and forgets them.</summary>
    public static void Drop(MediaFrame frame) => ffmpeg.av_frame_remove_side_data(frame.Native, AVFrameSideDataType.AV_FRAME_DATA_A53_CC);

    /// <summary>
    /// Does as if a picture had been given its captions. Where a picture has room for no more than come with it, those that wait may be others than they
    /// were: by one picture's at most.
    /// </summary>
    public void Skip()
    {
        if (_isSpread && _found && _isCarried)
        {
            Span<byte> bytes = stackalloc byte[_ofPicture * Triplet];
            Fill(bytes, Fill(bytes, 0, _pairs, _pairsOfPicture), _packets, _ofPicture);
        }
    }

    /// <summary>Gives a picture on its way to the encoder its captions.</summary>
    /// <param name="frame">A reference of its own.</param>
    /// <param name="isRepeated">Whether the picture was sent before.</param>
    public void Give(MediaFrame frame, bool isRepeated)
    {
        if (!_isSpread)
        {
            if (isRepeated)
            {
                Drop(frame);
            }

            return;
        }

        if (!_found || !_isCarried)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[_ofPicture * Triplet];
        int filled = Fill(bytes, 0, _pairs, _pairsOfPicture);
        filled = Fill(bytes, filled, _packets, _ofPicture);
        for (; filled < _ofPicture; filled++)
        {
            (bytes[filled * Triplet], bytes[(filled * Triplet) + 1], bytes[(filled * Triplet) + 2]) = (Padding, 0, 0);
        }

        Put(frame.Native, bytes);
    }

    /// <summary>The last picture is out: what did not fit is lost.</summary>
    public void Finish()
    {
        if (_isCarried && _pairs.Count + _packets.Count > 0)
        {
            run.Note($"The last {_pairs.Count + _packets.Count} captions found no picture in {lane.Settings.Name}.");
        }
    }

    private static AVFrameSideData* Of(MediaFrame frame) => ffmpeg.av_frame_get_side_data(frame.Native, AVFrameSideDataType.AV_FRAME_DATA_A53_CC);

    private static void Put(AVFrame* frame, ReadOnlySpan<byte> bytes)
    {
        ffmpeg.av_frame_remove_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_A53_CC);
        AVFrameSideData* data = ffmpeg.av_frame_new_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_A53_CC, (ulong)bytes.Length);
        if (data is null)
        {
            throw new MediaException(ErrorClass.Resource, "carry the captions: no memory; free some memory or lower --slots");
        }

        bytes.CopyTo(new Span<byte>(data->data, bytes.Length));
    }

    private static int Fill(Span<byte> bytes, int filled, Queue<(byte Kind, byte First, byte Second)> waiting, int until)
    {
        for (; filled < Math.Min(until, bytes.Length / Triplet) && waiting.TryDequeue(out (byte Kind, byte First, byte Second) caption); filled++)
        {
            (bytes[filled * Triplet], bytes[(filled * Triplet) + 1], bytes[(filled * Triplet) + 2]) = caption;
        }

        return filled;
    }

    /// <summary>Line 21's pairs and packets of CTA-708 wait apart: each picture has a place of its own for both. Padding is made anew.</summary>
    private void Sort(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= Triplet; bytes = bytes[Triplet..])
        {
            if ((bytes[0] & Valid) == 0)
            {
                continue;
            }

            Queue<(byte Kind, byte First, byte Second)> waiting = (bytes[0] & KindMask) < FirstKindOfPackets ? _pairs : _packets;
            if (waiting.Count < MaxWaiting)
            {
                waiting.Enqueue((bytes[0], bytes[1], bytes[2]));
            }
            else
            {
                Overflow();
            }
        }
    }

    private void Overflow()
    {
        if (!_overflowed && _isCarried)
        {
            _overflowed = true;
            run.Note($"The source has more captions than {lane.Settings.Name} has room for; some were left out.");
        }
    }
}
