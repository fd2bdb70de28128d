using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Pipeline;

namespace Encode.Media.Segments;

/// <summary>
/// Sends what an earlier run encoded into the outputs, before the encoders that go on. Each rendition does so on its encoder's thread, so that the
/// order of its packets needs no care. Sound is made again from the start at the same time, and the picture keeps beside it: a muxer that gets one
/// far ahead of the other would have to hold it. Once the demuxer has reached the cut the picture waits no longer, because the demuxer
/// may wait for it from then on.
/// </summary>
internal sealed class SegmentReplay
{
    /// <summary>How far the picture may be ahead of the sound, in nanoseconds.</summary>
    private const long MaxAhead = TimeBases.Second;

    /// <summary>How often the sound is looked at. It has no reason to wake anybody, and in this time it comes some hundreds of milliseconds further.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly TranscodeRun _run;
    private volatile bool _reached;

    /// <summary>Makes the renditions of a run begin at its cut, if it has one.</summary>
    public SegmentReplay(TranscodeRun run)
    {
        _run = run;
        Cut = run.Segments?.From;
        if (Cut is null)
        {
            return;
        }

        for (int i = 0; i < Cut.Tracks.Count; i++)
        {
            run.Renditions[i].FirstPts = Cut.Tracks[i].Pts;
            run.Renditions[i].FieldsSince = Cut.Tracks[i].HasFields ? long.MinValue : long.MaxValue;
        }

        run.Note(FormattableString.Invariant($"The encode was interrupted and went on from {(double)Cut.Time / TimeBases.Second:0.###} s."));
    }

    /// <summary>Where the run goes on from; null when it begins at the start.</summary>
    public SegmentCut? Cut { get; }

    /// <summary>The encoders that go on must say the same of their packets as those before.</summary>
    /// <exception cref="MediaException">They do not (class platform).</exception>
    public static void ThrowUnlessAlike(EncodedTrack stored, EncodedTrack opened)
    {
        if (!TrackHeader.AreAlike(stored, opened))
        {
            throw new MediaException(ErrorClass.Platform, $"go on with {stored.Label.Name}: its encoder makes other headers than before the interruption, so the two do not join; the job begins anew");
        }
    }

    /// <summary>The demuxer has reached the cut.</summary>
    public void Reached() => _reached = true;

    /// <summary>Sends all of a rendition that is there.</summary>
    /// <returns>The track, declared; null when the run begins at the start.</returns>
    public EncodedTrack? Send(RenditionLane lane)
    {
        if (Cut is null)
        {
            return null;
        }

        TrackReader reader = _run.Segments!.ReaderOf(lane.Track);
        EncodedTrack track = reader.ReadTrack(lane.Label);
        _run.Tracks.Declare(track);
        unsafe
        {
            lane.Opened(track.Parameters->width, track.Parameters->height);
        }

        while (SendOne(reader, lane, track))
        {
        }

        return track;
    }

    private unsafe bool SendOne(TrackReader reader, RenditionLane lane, EncodedTrack track)
    {
        MediaPacket packet = _run.Packets.Rent();
        try
        {
            if (!reader.Read(packet))
            {
                packet.Dispose();
                return false;
            }

            packet.Track = lane.Track;
            lane.CountStored(packet.Native, track.TimeBase);
            WaitForSound(TimeBases.ToNanoseconds(packet.Native->pts, track.TimeBase));
        }
        catch
        {
            packet.Dispose();
            throw;
        }

        _run.Tracks.SendStored(packet);
        return true;
    }

    private void WaitForSound(long time)
    {
        while (!_reached && _run.Sounds.Any(sound => sound.End + MaxAhead < time))
        {
            long began = Stopwatch.GetTimestamp();
            _run.Stopping.WaitHandle.WaitOne(Look);
            StageWaits.Current?.ForRoom(Stopwatch.GetTimestamp() - began);
            _run.Stopping.ThrowIfCancellationRequested();
        }
    }
}
