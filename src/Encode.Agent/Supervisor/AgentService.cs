using Encode.Agent.Cells;
using Encode.Agent.Native;
using Encode.Agent.Options;
using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Nodes;
using Encode.Media.Segments;
using Encode.Messaging;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

// The agent as a service. Who talks to whom:
//
//     BusLink (broker) ──offer, control──► AgentService ──► AttemptTable ──► AttemptRunner, a task an attempt ──► cell
//        ▲  ▲  ▲                                               │  ▲
//        │  │  └── heartbeat ◄── Heartbeats ◄── held, slots ───┘  │ leases, drops, wishes
//        │  └───── progress, result, published                    │
//     MasterHttp ◄── reconcile, register again ──────────────────-┘
//
// Start: take --work, start cells warming, probe the host in a child, pick up what an earlier run left, register, connect. Leases are
//        renewed over HTTPS from then on, with no free slot before offers are heard: a sign of life makes the master offer what an
//        earlier run held. Heartbeats over the broker follow once they are.
// Stop:  take no more work, let jobs end for the drain timeout, stop the rest and give them back, say so in a last heartbeat, close.

/// <summary>Runs the agent until it is told to stop.</summary>
internal sealed partial class AgentService : IAsyncDisposable
{
    private static readonly TimeSpan LeaseCheck = TimeSpan.FromMilliseconds(250);

    /// <summary>How often what a killed agent left is looked at.</summary>
    private static readonly TimeSpan LeftCheck = TimeSpan.FromMinutes(1);

    /// <summary>How long jobs that were stopped may take to end and to be given back.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a broker may take to confirm that offers are heard before the master is asked again where it is.</summary>
    private static readonly TimeSpan ListenPatience = TimeSpan.FromSeconds(15);

    private readonly AgentOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _clock = BootClock.Instance;
    private readonly WorkFolder _work;
    private readonly NodeKey _key;
    private readonly RegistrationKey _apiKey;
    private readonly TlsFiles _tls;
    private readonly MasterHttp _http;
    private readonly BusLink _bus;
    private readonly CellPool _cells;
    private readonly AttemptTable _table;
    private readonly AttemptJournal _journal;
    private readonly SegmentFolder _kept;
    private readonly AttemptRunner _runner;
    private readonly Heartbeats _heartbeats;
    private volatile Registration? _registration;

    /// <summary>Prepares everything that needs no network.</summary>
    /// <exception cref="AttemptException">The work folder cannot be used.</exception>
    /// <exception cref="MessagingException">A key or certificate cannot be read.</exception>
    internal AgentService(AgentOptions options, ILogger log)
    {
        _options = options;
        _log = log;
        _apiKey = new RegistrationKey(options, log);
        _work = WorkFolder.Take(options.Work);
        Identity.Require(_work, options);
        _key = NodeKey.LoadOrCreate(_work.Root);
        _tls = new TlsFiles(options, log);
        _http = new MasterHttp(options.Master, _tls.Trust, _tls.Certificate, _apiKey.Newest);
        _tls.Changed += UseTls;
        _bus = new BusLink(options, _key, () => _tls.BrokerTrust, () => _tls.Certificate, _clock, log);
        _table = new AttemptTable(options.SlotsResolved, _clock);
        _journal = new AttemptJournal(_work.Journal, _log.JournalSetAside, _log.JournalSkipped);
        _kept = new SegmentFolder(_work.Segments, SegmentFiles.DefaultInterval, _clock, log);
        _heartbeats = new Heartbeats(_table, options.HeartbeatInterval, options.PollInterval, _clock, log)
        {
            HearsOffers = () => _bus.HearsOffers,
            WantsUserJwt = () => _bus.WantsJwt,
            UseUserJwt = _bus.UseJwtAsync,
        };
        int spare = options.Isolation == Isolation.Process ? 1 : 0;
        _cells = new CellPool(options.SlotsResolved + spare, cancel => CellFactory.StartAsync(options.Isolation, warm: true, CellLimits.StallTimeout, cancel), log)
        {
            Shares = ProcessorShares.Of(Processors.ByNode(), options.SlotsResolved),
        };
        _runner = CreateRunner();
    }

    /// <summary>Who this agent is to the master.</summary>
    internal string NodeId => _key.NodeId;

    /// <summary>Reads certificate, CA and API key again. With another key the node registers, so that one that is no good is told of now.</summary>
    internal void Reload()
    {
        _log.ReadsAgain();
        _tls.Reload();
        if (_apiKey.Reload())
        {
            _registration?.Again();
        }
    }

    /// <summary>Serves until <paramref name="stop"/>, then drains.</summary>
    internal async Task RunAsync(string version, CancellationToken stop)
    {
        _log.AgentStarts(version, _key.NodeId, _options.Name, _options.SlotsResolved, _options.ThreadsPerCell, _options.Isolation.ToString(), _work.Root);
        _tls.Watch();
        _cells.Fill();
        using CancellationTokenSource ending = new();
        NodeCapabilities capabilities = await CapabilitiesProbe.RunAsync(_options.Isolation, version, stop).ConfigureAwait(false);
        _heartbeats.Capabilities = capabilities;
        Registration registration = new(_options, _key, _http, capabilities, _clock, _log);
        _registration = registration;
        Recover();
        AgentHandlers handlers = new() { OnOffer = OnOffer, OnControl = OnControl };
        await _bus.UseAsync(await registration.RunAsync(stop).ConfigureAwait(false), handlers).ConfigureAwait(false);
        _table.Changed += _heartbeats.Now;
        _bus.Connected += _heartbeats.Now;
        using ITimer leases = _clock.CreateTimer(_ => _table.StopLapsed(), null, LeaseCheck, LeaseCheck);
        using ITimer old = _clock.CreateTimer(_ => _kept.DeleteOld(), null, LeftCheck, LeftCheck);
        Task beating = BeatAsync(ending.Token);
        Task reconciling = _heartbeats.ReconcileAsync((heartbeat, cancel) => _http.ReconcileAsync(_key.NodeId, heartbeat, cancel), registration.Again, ending.Token);
        Task registering = registration.KeepAsync(reply => _bus.UseAsync(reply, handlers), ending.Token);
        Task keeping = KeepBusAsync(registration, ending.Token);
        await UntilStoppedAsync(stop, reconciling, registering, keeping).ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await beating.ConfigureAwait(false);
        await _heartbeats.OnceAsync(_bus.SendHeartbeatAsync, CancellationToken.None).ConfigureAwait(false);
        await Task.WhenAll(reconciling, registering, keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives signs of life over the broker once offers are heard. While they are not, what is held is renewed over HTTPS.</summary>
    private async Task BeatAsync(CancellationToken cancel)
    {
        try
        {
            await _bus.UntilListensAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await _heartbeats.BeatAsync(_bus.SendHeartbeatAsync, cancel).ConfigureAwait(false);
    }

    /// <summary>Registers again whenever no offers were heard for a while: the broker may have moved, have another CA, or know our user no more.</summary>
    private async Task KeepBusAsync(Registration registration, CancellationToken cancel)
    {
        Reminder reminder = new(_clock);
        while (true)
        {
            await _bus.UntilOutAsync(ListenPatience, cancel).ConfigureAwait(false);
            if (reminder.IsDue(nameof(BusLink)))
            {
                _log.BrokerOut(ListenPatience.TotalSeconds);
            }

            registration.Again();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync().ConfigureAwait(false);
        await _cells.DisposeAsync().ConfigureAwait(false);
        _heartbeats.Dispose();
        _http.Dispose();
        await _tls.DisposeAsync().ConfigureAwait(false);
        _key.Dispose();
        _work.Dispose();
    }

    // The master notes at registration which certificate a node has, so that it can be refused with the node.
    private void UseTls()
    {
        _http.UseTls(_tls.Trust, _tls.Certificate);
        _registration?.Again();
    }

    private AttemptRunner CreateRunner()
    {
        MediaRoots roots = new(_options.MediaRoots);
        TransferLimits limits = new();
        return new AttemptRunner(
            _table,
            _cells,
            new InputOpener(roots, _work, _http, new FetchRules(_options.AllowUrls), limits, _clock, _kept.GiveUpAll),
            new OutputOpener(roots, _work),
            new OutputUpload(_http.Transfers, limits, _clock),
            _journal,
            _kept,
            new AttemptReporter(_bus, _clock),
            _options.ThreadsPerCell,
            _clock,
            _log);
    }

    /// <summary>Waits for the stop. None of the others ends before; one that fails ends the agent with its error, rather than go on without it.</summary>
    private static async Task UntilStoppedAsync(CancellationToken stop, params Task[] others)
    {
        Task stopped = Task.Delay(Timeout.Infinite, stop);
        Task first = await Task.WhenAny([stopped, .. others]).ConfigureAwait(false);
        if (first != stopped)
        {
            await first.ConfigureAwait(false);
        }
    }
}
