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

    [Fact]
    public async Task A_new_JWT_is_asked_for_over_https_while_it_is_wanted_and_taken_when_it_comes()
    {
        List<string> taken = [];
        bool wants = true;
        using Heartbeats heartbeats = new(new AttemptTable(2, _clock), Interval, TimeSpan.Zero, _clock, NullLogger.Instance)
        {
            WantsUserJwt = () => wants,
            UseUserJwt = jwt =>
            {
                taken.Add(jwt);
                wants = false;
                return Task.CompletedTask;
            },
        };
        List<Heartbeat> sent = [];
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await heartbeats.ReconcileAsync(Answer, () => { }, stop.Token);
        Assert.Equal([true, true, false], sent.Select(heartbeat => heartbeat.WantsUserJwt));
        Assert.Equal(["the new one"], taken);

        // Over the broker it is not asked for.
        wants = true;
        Assert.True(await heartbeats.OnceAsync(
            (heartbeat, _) => Task.FromResult<HeartbeatReply?>(heartbeat.WantsUserJwt ? null : new HeartbeatReply([], 90, Drain: false)), TestContext.Current.CancellationToken));

        Task<(int Status, HeartbeatReply? Reply, string? Problem)> Answer(Heartbeat heartbeat, CancellationToken cancel)
        {
            sent.Add(heartbeat);
            if (sent.Count == 3)
            {
                stop.Cancel();
            }

            return Task.FromResult<(int, HeartbeatReply?, string?)>(sent.Count == 1 ? (503, null, "the broker is down") : (200, new HeartbeatReply([], 90, Drain: false, sent.Count == 2 ? "the new one" : null), null));
        }
    }
}
