using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Pipeline;

/// <summary>
/// One output while it is made: the queue into its muxer, and which tracks it waits for. Encoders declare their tracks from their own
/// threads as they open; the muxer writes its header once all expected ones are there, and ends once every one has ended.
/// </summary>
internal sealed class OutputLane(string stage, OutputSettings settings, IReadOnlyList<SafeFileHandle> files, IEnumerable<int> tracks)
{
    /// <summary>Encoded packets ahead of the muxer.</summary>
    private const int EncodedQueue = 256;

    private readonly Lock _gate = new();
    private readonly List<int> _order = [.. tracks];
    private readonly List<int> _expected = [.. tracks];
    private readonly HashSet<int> _ended = [];
    private readonly List<EncodedTrack> _declared = [];

    public OutputSettings Settings { get; } = settings;

    /// <summary>Time of its muxer's thread, whose name it bears.</summary>
    public StageClock Clock { get; } = new(stage);

    /// <summary>Its files, in the order of <see cref="OutputNames"/>; the caller of the run owns them.</summary>
    public IReadOnlyList<SafeFileHandle> Files { get; } = files;

    public StageQueue<MediaPacket> Encoded { get; } = new(EncodedQueue);

    /// <summary>The declared tracks in the output's order, once all are there; else null.</summary>
    public IReadOnlyList<EncodedTrack>? Complete
    {
        get
        {
            lock (_gate)
            {
                return _expected.Count > 0 && _declared.Count == _expected.Count ? [.. _declared.OrderBy(track => _order.IndexOf(track.Label.Id))] : null;
            }
        }
    }

    /// <summary>Whether it has a track.</summary>
    public bool Has(int track)
    {
        lock (_gate)
        {
            return _expected.Contains(track);
        }
    }

    /// <summary>A track that shows only when the input is opened; before the stages start.</summary>
    public void Expect(int track)
    {
        lock (_gate)
        {
            _order.Add(track);
            _expected.Add(track);
        }
    }

    /// <summary>A track is open.</summary>
    public void Declare(EncodedTrack track)
    {
        lock (_gate)
        {
            _declared.Add(track);
        }

        Encoded.Nudge();
    }

    /// <summary>An expected track will not come: its stream turned out to hold nothing, or the container cannot hold it.</summary>
    public void GiveUp(int track)
    {
        lock (_gate)
        {
            _expected.Remove(track);
            CompleteIfEnded();
        }

        Encoded.Nudge();
    }

    /// <summary>A track's last packet has been sent.</summary>
    public void End(int track)
    {
        lock (_gate)
        {
            _ended.Add(track);
            CompleteIfEnded();
        }
    }

    private void CompleteIfEnded()
    {
        if (_expected.TrueForAll(_ended.Contains))
        {
            Encoded.Complete();
        }
    }
}
