using System.Collections.Concurrent;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Messaging.Tests;

/// <summary>Handlers that write down what they hear, and answer.</summary>
internal sealed class Heard
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    public MasterHandlers AsMaster => new()
    {
        OnHeartbeat = (node, m, _) =>
        {
            _lines.Enqueue($"{node} heartbeat {m.Sequence}");
            return ValueTask.FromResult<HeartbeatReply?>(new HeartbeatReply([new HeldReply(m.Held[0].Key, Verdict.Accepted)], 90, Drain: false));
        },
        OnProgress = (node, m, _) => Note($"{node} progress {m.Phase}"),
        OnResult = (node, m, _) =>
        {
            _lines.Enqueue($"{node} result {m.Error?.Message}");
            return ValueTask.FromResult<AttemptReply?>(new AttemptReply(Verdict.Accepted));
        },
        OnPublished = (node, m, _) =>
        {
            _lines.Enqueue($"{node} published {m.Key.JobId}");
            return ValueTask.FromResult<AttemptReply?>(new AttemptReply(Verdict.Drop, "no such row"));
        },
    };

    public AgentHandlers AsAgent => new()
    {
        OnOffer = (m, _) =>
        {
            _lines.Enqueue($"offer {m.Sequence}");
            return ValueTask.FromResult<OfferReply?>(new OfferReply(true));
        },
        OnControl = (m, _) => Note($"control {m.Kind}"),
    };

    public Task LineAsync(string line) => Eventually.IsTrueAsync($"'{line}', heard: {string.Join("; ", Lines)}", TestBroker.Limit, () => _lines.Contains(line));

    private ValueTask Note(string line)
    {
        _lines.Enqueue(line);
        return ValueTask.CompletedTask;
    }
}
