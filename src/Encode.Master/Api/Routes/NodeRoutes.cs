using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Api.Access;
using Encode.Master.Api.Tls;
using Encode.Master.Dispatch;
using Encode.Master.Store;
using Encode.Messaging;

namespace Encode.Master.Api.Routes;

/// <summary>
/// Nodes: a registration in two steps (a nonce, then its signature by the node's key), reconciliation, and looking at them.
/// A node token is minted at each registration and replaces the one before.
/// </summary>
internal sealed class NodeRoutes(MasterServices services, ILogger<NodeRoutes> log)
{
    private static readonly SemaphoreSlim Removing = new(1, 1);
    private static readonly Requires ToRead = new(Scopes.Read | Scopes.Submit);
    private static readonly Requires ToChange = new(Scopes.Admin);

    private readonly EncodeStore store = services.Store;
    private readonly IBrokerStatus broker = services.Broker;
    private readonly NonceBook nonces = new(services.Clock);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/nodes", (RequestDelegate)ListAsync).WithMetadata(ToRead);
        routes.MapGet("/nodes/{id}", (RequestDelegate)GetAsync).WithMetadata(ToRead);
        routes.MapPost("/nodes/register", (RequestDelegate)RegisterAsync).WithMetadata(new Requires(Scopes.Agent), new TakesJson());
        routes.MapPost("/nodes/{id}/reconcile", (RequestDelegate)ReconcileAsync).WithMetadata(new Requires(Scopes.Agent, Nodes: true), new TakesJson());
        routes.MapDelete("/nodes/{id}", (RequestDelegate)RemoveAsync).WithMetadata(ToChange);
        routes.MapPost("/nodes/{id}/drain", (RequestDelegate)(context => SetDrainAsync(context, drain: true))).WithMetadata(ToChange);
        routes.MapPost("/nodes/{id}/undrain", (RequestDelegate)(context => SetDrainAsync(context, drain: false))).WithMetadata(ToChange);
    }

    private async Task ListAsync(HttpContext context)
    {
        IReadOnlyList<NodeRow> nodes = await store.ListNodesAsync();
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, new NodeListView([.. nodes.Select(NodeView.Of)], nodes.Count), ApiJson.Wire.NodeListView);
    }

    private async Task GetAsync(HttpContext context)
    {
        NodeRow node = await store.GetNodeAsync(IdOf(context)) ?? throw NoSuchNode();
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, NodeView.Of(node), ApiJson.Wire.NodeView);
    }

    private async Task SetDrainAsync(HttpContext context, bool drain)
    {
        NodeRow node = await store.SetDrainAsync(IdOf(context), drain) ?? throw NoSuchNode();
        log.NodeDrained(node.Name, node.Id, drain ? "is to take no more work" : "takes work again", Caller.Of(context).Name);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, NodeView.Of(node), ApiJson.Wire.NodeView);
    }

    private async Task RemoveAsync(HttpContext context)
    {
        // One at a time: the list of certificates that is set last must be the one that was read last. A removal that was cut short is
        // completed by another; so that of a removed node is none that fails.
        string id = IdOf(context);
        await Removing.WaitAsync();
        try
        {
            string key = await store.PublicKeyAsync(id) ?? throw NoSuchNode();

            // Before, so that a list that cannot be written changes nothing; and after, for a JWT that it was given in between.
            await RevokeAsync(key);
            if (await store.RemoveNodeAsync(id) is { } node)
            {
                log.NodeRemoved(node.Name, node.Id, Caller.Of(context).Name);
            }

            services.RemovedCertificates.Set(await store.RemovedCertificatesAsync());
            await RevokeAsync(key);
        }
        finally
        {
            Removing.Release();
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task RevokeAsync(string publicKey)
    {
        try
        {
            await broker.RevokeNodeAsync(publicKey);
        }
        catch (MessagingException error)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, $"remove the node: {error.Message}");
        }
    }

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static ApiException NoSuchNode() => new(StatusCodes.Status404NotFound, "there is no such node: GET /nodes lists them with their ids");

    private async Task RegisterAsync(HttpContext context)
    {
        RegisterRequest request = await ReadAsync(context, ContractsJson.Default.RegisterRequest, "the registration");
        NodeRules.Check(request);
        RequireReach(context.Connection);
        if (request.Nonce is null || request.Signature is null)
        {
            string nonce = nonces.Issue(request.PublicKey)
                ?? throw new ApiException(StatusCodes.Status429TooManyRequests, "register the node: too many registrations at once; try again in a minute");
            await Bodies.WriteAsync(context, StatusCodes.Status202Accepted, new RegisterReply { Nonce = nonce }, ContractsJson.Default.RegisterReply);
            return;
        }

        if (!nonces.Redeem(request.Nonce, request.PublicKey) || !NodeKey.Verify(request.PublicKey, request.Nonce, request.Signature))
        {
            throw new ApiException(StatusCodes.Status403Forbidden, "register the node: the signature does not prove the key, or the nonce is too old; begin again without a nonce");
        }

        if (!broker.IsUp)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "register the node: the broker is down; try again in a few seconds");
        }

        await Bodies.WriteAsync(context, StatusCodes.Status200OK, await AdmitAsync(context, request), ContractsJson.Default.RegisterReply);
    }

    /// <summary>A node of another host would register, wait for offers and never hear one.</summary>
    private void RequireReach(ConnectionInfo connection)
    {
        IPAddress? peer = NearRules.Plain(connection.RemoteIpAddress);
        if (services.BrokerIsLocal && peer is not null && !IPAddress.IsLoopback(peer) && !peer.Equals(NearRules.Plain(connection.LocalIpAddress)))
        {
            throw new ApiException(StatusCodes.Status409Conflict, $"register the node: the broker of this master listens on loopback only, and {peer} is another host; start the master with --bind and an address of its private network, or with an API key");
        }
    }

    private async Task<RegisterReply> AdmitAsync(HttpContext context, RegisterRequest request)
    {
        string token = NodeToken.Mint();

        // Minted before the node is a node: of one that is removed meanwhile it is revoked with the rest.
        string jwt = broker.MintNodeJwt(NodeIdentity.IdOf(request.PublicKey), request.PublicKey);
        RegisterResult result = await store.RegisterNodeAsync(new NodeRegistration
        {
            NodeId = NodeIdentity.IdOf(request.PublicKey),
            Name = request.Name,
            PublicKey = request.PublicKey,
            Capabilities = request.Capabilities,
            Slots = request.Slots,
            HeartbeatSeconds = request.HeartbeatSeconds,
            MediaRoots = request.MediaRoots,
            TokenSha256 = NodeToken.HashOf(token),
            CertificateSha256 = context.Connection.ClientCertificate is { } shown ? RemovedCertificates.HashOf(shown) : null,
        });
        if (result.Node is not { } node)
        {
            log.RemovedNodeRefused(request.Name, NodeIdentity.IdOf(request.PublicKey));
            throw new ApiException(StatusCodes.Status403Forbidden, "register the node: it was removed; to let the host in again delete node.nk in its --work folder, which makes it a new node, and give it a new client certificate if it has one");
        }

        if (!result.Registered)
        {
            log.NodeNameTaken(request.Name, NodeIdentity.IdOf(request.PublicKey), node.Id);
            throw new ApiException(StatusCodes.Status409Conflict, $"register the node: another node that is alive has the name '{request.Name}'; start the agent with another --name, or wait until that node is offline");
        }

        log.NodeRegistered(node.Name, node.Id, node.Slots);
        return new RegisterReply
        {
            NodeId = node.Id,
            UserJwt = jwt,
            BrokerCa = broker.Ca,
            BrokerPort = broker.Port,
            BrokerUrls = services.BrokerIsLocal && !broker.IsTls ? [string.Create(CultureInfo.InvariantCulture, $"nats://{IPAddress.Loopback}:{broker.Port}")] : broker.Urls,
            BrokerTls = broker.IsTls,
            BrokerTlsFirst = broker.IsTlsFirst,
            NodeToken = token,
            LeaseSeconds = node.Lease.TotalSeconds,
        };
    }

    private async Task ReconcileAsync(HttpContext context)
    {
        // What a node holds is the node's own word: no key stands in for its token, not even where no keys are asked for.
        string id = (string)context.Request.RouteValues["id"]!;
        if (Caller.Of(context).Node is not { } node || node.Id != id)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, "reconcile the node: only its own node token does this; register the node again to get one");
        }

        Heartbeat heartbeat = await ReadAsync(context, ContractsJson.Default.Heartbeat, "the heartbeat");
        if (HeartbeatRules.WhatIsWrong(heartbeat) is { } wrong)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"reconcile the node: {wrong}; its agent is of another version");
        }

        await services.DispatcherStarted.WaitAsync(context.RequestAborted);

        // Minted before the node is looked for: of one that is removed meanwhile it is revoked with the rest.
        string? jwt = heartbeat.WantsUserJwt ? broker.MintNodeJwt(id, node.PublicKey) : null;
        HeartbeatReply reply = await services.Dispatcher.HandleHeartbeatAsync(id, heartbeat)
            ?? throw new ApiException(StatusCodes.Status404NotFound, "reconcile the node: it is not registered any more; register it again");
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, reply with { UserJwt = jwt }, ContractsJson.Default.HeartbeatReply);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, string what)
    {
        byte[] body = await Bodies.ReadAsync(context);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            // The serializer's own words name types of ours.
            string where = error.Path is { Length: > 1 } path ? $"at {path} stands what does not belong there, or lacks a part" : "it is not the JSON object that belongs here, or lacks a part";
            throw new ApiException(StatusCodes.Status400BadRequest, $"{what} cannot be read: {where}; its agent is of another version", [new JobProblem(error.Path ?? "", where)]);
        }
    }
}
