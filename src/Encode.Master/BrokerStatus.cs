using Encode.Master.Api;
using Encode.Master.Broker;

namespace Encode.Master;

/// <summary>The embedded broker as the API sees it. It is set once, when the broker has started; until then it is down.</summary>
internal sealed class BrokerStatus : IBrokerStatus
{
    private volatile BrokerHost? host;

    /// <summary>The broker, once it has started.</summary>
    public BrokerHost? Host
    {
        get => host;
        set => host = value;
    }

    public bool IsUp => host?.IsUp == true;

    public int Port => Started.Port;

    public bool IsTls => Started.Tls;

    public string? Ca => Started.AuthorityPem;

    private BrokerHost Started => host ?? throw new InvalidOperationException("the broker has not started");

    public string MintNodeJwt(string nodeId, string publicKey) => Started.MintNode(nodeId, publicKey);
}
