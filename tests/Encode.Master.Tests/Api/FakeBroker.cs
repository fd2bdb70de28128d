using System.Collections.Concurrent;
using Encode.Master.Api;
using Encode.Messaging;

namespace Encode.Master.Tests.Api;

/// <summary>A broker that is up or down as a test wants it.</summary>
internal sealed class FakeBroker : IBrokerStatus
{
    public bool IsUp { get; set; } = true;

    public int Port => 4222;

    public bool IsTls => false;

    public string? Ca => null;

    public bool IsTlsFirst => false;

    public IReadOnlyList<string> Urls { get; set; } = [];

    public long DroppedMessages => 0;

    public long Reconnects => 0;

    /// <summary>Why nobody can be put out; null where it works.</summary>
    public string? RevokeProblem { get; set; }

    /// <summary>Public keys of the nodes that were put out.</summary>
    public ConcurrentQueue<string> Revoked { get; } = new();

    public string MintNodeJwt(string nodeId, string publicKey) => $"jwt of {nodeId}";

    public Task RevokeNodeAsync(string publicKey)
    {
        if (RevokeProblem is { } problem)
        {
            throw new MessagingException(problem);
        }

        Revoked.Enqueue(publicKey);
        return Task.CompletedTask;
    }
}
