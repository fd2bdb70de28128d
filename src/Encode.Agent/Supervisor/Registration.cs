using System.Threading.Channels;
using Encode.Agent.Options;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

// When the agent registers, and that nothing waits for it:
//
//     the start ──────────────────────► RunAsync: until the master has registered the node, or says no
//     reconcile says 401, 403, 404 ─┐
//     another certificate, CA, key ─┼─► Again ──► KeepAsync: one at a time, tried until the master has registered it ──► BusLink
//     no offers for a while ────────┘
//
// Leases are renewed over HTTPS beside that, with the node token that the master gave last: a registration that fails, since the broker
// is down or the key is not good any more, ends no encode.

/// <summary>Makes the node known to the master: two calls, the second with the signature of the nonce that the first brought.</summary>
internal sealed class Registration(AgentOptions options, NodeKey key, MasterHttp http, NodeCapabilities capabilities, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _registered;

    /// <summary>Asks <see cref="KeepAsync"/> for another registration; returns at once.</summary>
    internal void Again() => _asked.Writer.TryWrite(true);

    /// <summary>Registers whenever <see cref="Again"/> asked for it, until canceled.</summary>
    /// <param name="use">Uses what a registration brought.</param>
    /// <param name="cancel">Ends it.</param>
    internal async Task KeepAsync(Func<RegisterReply, Task> use, CancellationToken cancel)
    {
        while (await _asked.Reader.WaitToReadAsync(cancel).ConfigureAwait(false))
        {
            RegisterReply reply = await RunAsync(cancel).ConfigureAwait(false);
            try
            {
                await use(reply).ConfigureAwait(false);
            }
            catch (MessagingException cause)
            {
                log.NotReloaded(cause.Message);
            }
        }
    }

    /// <summary>
    /// Registers; tries for ever while the master is away, and says so. After the first success a refusal is no reason to end either: it
    /// may come from a proxy while the master restarts, and the encodes under way would end with the agent.
    /// </summary>
    /// <exception cref="AttemptException">The master refuses the first time: a wrong key, a name that is taken.</exception>
    internal async Task<RegisterReply> RunAsync(CancellationToken cancel)
    {
        Reminder reminder = new(clock);
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            // What is asked for before a try is done by it; what is asked for during one wants another.
            _asked.Reader.TryRead(out _);
            string reason;
            Action<string> tell = log.MasterAway;
            try
            {
                (RegisterReply? reply, reason) = await TryAsync(cancel).ConfigureAwait(false);
                if (reply is not null)
                {
                    Use(reply);
                    return reply;
                }

                tell = log.NotRegistered;
            }
            catch (HttpRequestException cause)
            {
                reason = Describe(cause);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                reason = "it took too long to answer";
            }

            if (reminder.IsDue(reason))
            {
                tell(reason);
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
        }
    }

    private void Use(RegisterReply reply)
    {
        _registered = true;
        http.UseToken(reply.NodeToken);
        log.Registered(options.Master.ToString(), key.NodeId, reply.LeaseSeconds);
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
        if (cause.HttpRequestError == HttpRequestError.SecureConnectionError && http.Trust.LastProblem is { } problem)
        {
            return problem;
        }

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
