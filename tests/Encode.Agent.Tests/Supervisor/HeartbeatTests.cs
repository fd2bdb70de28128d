using Encode.Agent.Supervisor;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>What signs of life say.</summary>
public sealed class HeartbeatTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Capabilities_are_told_until_one_heartbeat_was_answered()
    {
        NodeCapabilities host = new() { Version = "1", FFmpegVersion = "7.1.5", Cpu = "a processor", Threads = 2, MemoryBytes = 1, Encoders = [], Decoders = [] };
        using Heartbeats heartbeats = new(new AttemptTable(2, _clock), Interval, Interval, _clock, NullLogger.Instance) { Capabilities = host };
        List<Heartbeat> sent = [];
        HeartbeatReply? answer = null;
        for (int i = 0; i < 3; i++)
        {
            await heartbeats.OnceAsync((heartbeat, _) => Answer(heartbeat), TestContext.Current.CancellationToken);
            answer = new HeartbeatReply([], 90, Drain: false);
        }

        Assert.Equal([host, host, null], sent.Select(heartbeat => heartbeat.Capabilities));
        Assert.Equal((2, 2), (sent[0].SlotsTotal, sent[0].SlotsFree));

        Task<HeartbeatReply?> Answer(Heartbeat heartbeat)
        {
            sent.Add(heartbeat);
            return Task.FromResult(answer);
        }
    }
}
