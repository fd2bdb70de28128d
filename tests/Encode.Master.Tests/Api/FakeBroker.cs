using Encode.Master.Api;

namespace Encode.Master.Tests.Api;

/// <summary>A broker that is up or down as a test wants it.</summary>
internal sealed class FakeBroker : IBrokerStatus
{
    public bool IsUp { get; set; } = true;

    public int Port => 4222;

    public bool IsTls => false;

    public string? Ca => null;

    public string MintNodeJwt(string nodeId, string publicKey) => $"jwt of {nodeId}";
}
