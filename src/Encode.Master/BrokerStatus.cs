using Encode.Master.Api;
using Encode.Master.Broker;
using Encode.Messaging;

namespace Encode.Master;

/// <summary>The broker as the API sees it. It is set once, when it has started; until then it is down.</summary>
internal sealed class BrokerStatus : IBrokerStatus
{
    private volatile IBroker? broker;

    /// <summary>The broker, once it has started.</summary>
    public IBroker? Broker
    {
        get => broker;
        set => broker = value;
    }

    public bool IsUp => broker?.Bus.Connection.State == BusState.Connected;

    public int Port => Started.Address.Port;

    public bool IsTls => Started.Address.Tls;

    public bool IsTlsFirst => Started.Address.TlsFirst;

    public IReadOnlyList<string> Urls => Started.Address.Urls;

    public string? Ca => Started.Address.AuthorityPem;

    public long DroppedMessages => broker?.Bus.Connection.DroppedMessages ?? 0;

    public long Reconnects => broker?.Bus.Connection.Reconnects ?? 0;

    private IBroker Started => broker ?? throw new InvalidOperationException("the broker has not started");

    public string MintNodeJwt(string nodeId, string publicKey) => Started.MintNode(nodeId, publicKey);

    public Task RevokeNodeAsync(string publicKey) =>
        broker?.RevokeNodeAsync(publicKey) ?? throw new MessagingException("revoke the node's user: the broker has not started; try again in a few seconds");
}
