using Encode.Agent.Options;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

/// <summary>Makes the node known to the master: two calls, the second with the signature of the nonce that the first brought.</summary>
internal sealed class Registration(AgentOptions options, NodeKey key, MasterHttp http, NodeCapabilities capabilities, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private bool _registered;

    /// <summary>
    /// Registers; tries for ever while the master is away, and says so once. After the first success a refusal is no reason to end
    /// either: it may come from a proxy while the master restarts, and the encodes under way would end with the agent.
    /// </summary>
    /// <exception cref="AttemptException">The master refuses the first time: a wrong key, a name that is taken.</exception>
    internal Task<RegisterReply> RunAsync(CancellationToken cancel)
    {
        // One after the other: the token that is used must be the one that the master gave last.
        lock (_gate)
        {
            Task<RegisterReply> run = AfterAsync(_last, cancel);
            _last = run;
            return run;
        }
    }

    private async Task<RegisterReply> AfterAsync(Task before, CancellationToken cancel)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await UntilRegisteredAsync(cancel).ConfigureAwait(false);
    }

    private async Task<RegisterReply> UntilRegisteredAsync(CancellationToken cancel)
    {
        bool said = false;
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            string reason;
            try
            {
                (RegisterReply? reply, reason) = await TryAsync(cancel).ConfigureAwait(false);
                if (reply is not null)
                {
                    _registered = true;
                    http.UseToken(reply.NodeToken);
                    log.Registered(options.Master.ToString(), key.NodeId, reply.LeaseSeconds);
                    return reply;
                }
            }
            catch (HttpRequestException cause)
            {
                reason = http.Trust.LastProblem ?? Describe(cause);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                reason = "it took too long to answer";
            }

            if (!said)
            {
                log.MasterAway(reason);
                said = true;
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
        }
    }

    private async Task<(RegisterReply? Reply, string Reason)> TryAsync(CancellationToken cancel)
    {
        RegisterRequest request = new()
        {
            Name = options.Name,
            PublicKey = key.PublicKey,
            Capabilities = capabilities,
            Slots = options.SlotsResolved,
            HeartbeatSeconds = options.HeartbeatInterval.TotalSeconds,
            MediaRoots = [.. options.MediaRoots.Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator)],
        };
        (int status, RegisterReply? reply, string? problem) = await http.RegisterAsync(request, cancel).ConfigureAwait(false);
        if (reply is { Nonce: { } nonce, NodeId: null })
        {
            (status, reply, problem) = await http.RegisterAsync(request with { Nonce = nonce, Signature = key.Sign(nonce) }, cancel).ConfigureAwait(false);
            if (status == 403)
            {
                return (null, problem ?? "the nonce is not valid any more"); // the master that gave it has ended
            }
        }

        return reply is { NodeId: not null } ? (reply, "") : (null, Refusal(status, problem));
    }

    /// <summary>The cause underneath, and what to look at when the two sides do not even speak the same protocol.</summary>
    private string Describe(HttpRequestException cause)
    {
        Exception inner = cause;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }

        bool reached = cause.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError);
        string hint = !reached ? ""
            : options.Master.Scheme == Uri.UriSchemeHttp ? "; if it has --tls, write https:// in --master"
            : options.Cert.Length == 0 ? "; if it has --mtls, give --cert and --key"
            : "; look at --ca, --cert and --key";
        return inner.Message.TrimEnd('.') + hint;
    }

    /// <summary>What a refusal means; throws where trying again cannot help.</summary>
    private string Refusal(int status, string? problem)
    {
        string detail = problem ?? $"status {status}";
        string operation = $"register with {options.Master}";
        return status switch
        {
            _ when _registered => detail,
            401 => throw new AttemptException(ErrorClass.Settings, $"{operation}: the key is missing or wrong ({detail}); give --api-key-file"),
            403 => throw new AttemptException(ErrorClass.Settings, $"{operation}: not allowed ({detail}){Hint("use a key that may register nodes")}"),
            409 => throw new AttemptException(ErrorClass.Settings, $"{operation} as '{options.Name}': {detail}{Hint("choose another --name, or wait until the other node is offline")}"),
            400 or 404 or 415 or 422 => throw new AttemptException(ErrorClass.Settings, $"{operation}: {detail}; check --master and the versions of both programs"),
            _ => detail,
        };

        // A master says itself what to do; what stands between may not.
        string Hint(string what) => problem is null ? $"; {what}" : "";
    }
}
