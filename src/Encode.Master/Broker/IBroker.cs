using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>The broker as the master uses it: one of our own (<see cref="BrokerHost"/>), or somebody else's cluster (<see cref="ExternalBroker"/>).</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>The master's side of the bus. Its connection's state says whether the broker works.</summary>
    MasterBus Bus { get; }

    /// <summary>Where nodes find it.</summary>
    BrokerAddress Address { get; }

    /// <summary>The JWT that lets a node in.</summary>
    string MintNode(string nodeId, string publicKey);

    /// <summary>Puts a node's user out and keeps it out, until a JWT is minted for it again. Repeating it does no harm.</summary>
    /// <exception cref="MessagingException">It cannot be kept.</exception>
    Task RevokeNodeAsync(string publicKey);
}
