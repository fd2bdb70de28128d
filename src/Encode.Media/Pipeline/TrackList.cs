using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// The tracks that the output will have. Encoders declare theirs from their own threads as they open; the muxer writes its header once all
/// expected ones are there, and ends once every encoder has.
/// </summary>
internal sealed class TrackList(TranscodeRun run, int expected) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<EncodedTrack> _declared = [];
    private int _expected = expected;
    private int _ended;

    /// <summary>The declared tracks, the picture first, once all are there; else null.</summary>
    public IReadOnlyList<EncodedTrack>? Complete
    {
        get
        {
            lock (_gate)
            {
                return _declared.Count == _expected ? [.. _declared.OrderBy(track => track.Track)] : null;
            }
        }
    }

    /// <summary>Takes a track over.</summary>
    public void Declare(EncodedTrack track)
    {
        lock (_gate)
        {
            _declared.Add(track);
        }

        run.Encoded.Nudge();
    }

    /// <summary>One expected track will not come: the stream turned out to hold nothing.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            _expected--;
            EndOne(0);
        }

        run.Encoded.Nudge();
    }

    /// <summary>An encoder has sent its last packet.</summary>
    public void End()
    {
        lock (_gate)
        {
            EndOne(1);
        }
    }

    public void Dispose()
    {
        foreach (EncodedTrack track in _declared)
        {
            track.Dispose();
        }
    }

    private void EndOne(int count)
    {
        _ended += count;
        if (_ended == _expected)
        {
            run.Encoded.Complete();
        }
    }
}
