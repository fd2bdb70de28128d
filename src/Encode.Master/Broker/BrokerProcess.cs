using System.Diagnostics;
using System.Net;
using Encode.Messaging;
using Encode.Messaging.Processes;

namespace Encode.Master.Broker;

/// <summary>
/// Runs <c>nats-server</c>: starts it, starts it again whenever it ends, and makes it read its configuration again.
///
///     Start ──► write configuration ──► nats-server ──► answers at its port? ──► up
///                 ▲                        │  ▲  ends: again after 100 ms to 5 s, on the same port, for ever
///     Reload ─────┘                        │  └── SIGHUP; it says "Reloaded", or is ended, so that it starts with the new one
///                                          ▼
///                                       log lines
///
/// One change at a time: a start writes what is true then, so a change that comes while none runs is not lost.
/// </summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private const int SIGHUP = 1;
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_minPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long the server may take to read its configuration again; it takes a few milliseconds.</summary>
    private static readonly TimeSpan s_reloadPatience = TimeSpan.FromSeconds(5);

    /// <summary>A broker that lived this long was well: the next pause is short again.</summary>
    private static readonly TimeSpan s_healthyAfter = TimeSpan.FromSeconds(10);

    private readonly string _program;
    private readonly string _portsFolder;
    private readonly IPAddress _address;
    private readonly Func<int, string> _configure;
    private readonly Func<IPEndPoint, CancellationToken, Task<bool>> _answers;
    private readonly ILogger _logger;
    private readonly BrokerOutput _output;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private volatile ChildProcess? _child;
    private Task _watching = Task.CompletedTask;

    /// <param name="program">The server.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">Its port; 0 lets the system choose once.</param>
    /// <param name="portsFolder">Where it reports the chosen port.</param>
    /// <param name="configure">Writes the configuration for a port and gives its path.</param>
    /// <param name="answers">Whether it is our server that answers at an endpoint.</param>
    /// <param name="logger">Where its lines go.</param>
    public BrokerProcess(
        string program, IPAddress address, int port, string portsFolder, Func<int, string> configure, Func<IPEndPoint, CancellationToken, Task<bool>> answers, ILogger logger)
    {
        _program = program;
        _address = address;
        _portsFolder = portsFolder;
        _configure = configure;
        _answers = answers;
        _logger = logger;
        _output = new BrokerOutput(logger);
        Port = port;
    }

    /// <summary>Its port, once it has started.</summary>
    public int Port { get; private set; }

    /// <summary>The process id of the server that runs now.</summary>
    public int ProcessId => _child?.Id ?? 0;

    /// <summary>How this process reaches it.</summary>
    public IPEndPoint LocalEndpoint =>
        new(_address.Equals(IPAddress.Any) ? IPAddress.Loopback : _address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : _address, Port);

    /// <summary>Starts the server, waits until it answers, and looks after it from then on.</summary>
    /// <exception cref="MessagingException">It does not come up.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        await LaunchAsync(cancel);
        _watching = WatchAsync();
    }

    /// <summary>Writes the configuration anew and has it read. Returns once it counts, or the server that did not read it is being replaced.</summary>
    /// <exception cref="MessagingException">It cannot be written.</exception>
    public async Task ReloadAsync()
    {
        await _changing.WaitAsync(_closing.Token);
        try
        {
            _configure(Port);
            Task<string?> told = _output.NextReload();
            if (_child is not { } child || !child.Signal(SIGHUP))
            {
                return; // It starts again with what was written.
            }

            await Task.WhenAny(told, child.Exited, Task.Delay(s_reloadPatience, _closing.Token));
            string? problem = told.IsCompletedSuccessfully ? await told : "it says nothing";
            if (problem is null)
            {
                _logger.BrokerReloaded();
            }
            else if (!child.Exited.IsCompleted)
            {
                _logger.BrokerNotReloaded(problem);
                child.Kill();
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await StopChildAsync();
        await _watching;

        // The watcher may have started another one while we closed.
        await StopChildAsync();
    }

    private async Task StopChildAsync()
    {
        if (_child is { } child)
        {
            await child.StopAsync(s_stopPatience);
        }
    }

    /// <summary>Starts the server once and returns when it answers.</summary>
    private async Task LaunchAsync(CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_startTimeout);
        await _changing.WaitAsync(cancel);
        try
        {
            await LaunchOnceAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // It runs and does not answer: away with it.
            await _child!.StopAsync(TimeSpan.Zero);
            throw new MessagingException($"start the broker: '{_program}' did not answer within {s_startTimeout.TotalSeconds} s; {_output.LastFatal ?? "see the log"}");
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task LaunchOnceAsync(CancellationToken cancel)
    {
        string file = _configure(Port);
        _output.Forget();
        ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = [_program],
            Arguments = ["-c", file],
            WorkingFolder = "/",
            OnLine = _output.Hear,
        });
        _child = child;
        while (!await AnswersAsync(child, cancel))
        {
            if (child.Exited.IsCompleted)
            {
                ChildExit exit = await child.WaitForExitAsync(cancel);
                throw new MessagingException($"start the broker: '{_program}' {exit}: {_output.LastFatal ?? "it said nothing"}");
            }

            await Task.Delay(s_pollInterval, cancel);
        }

        _logger.BrokerListening(_address.ToString(), Port, _program, child.Id);
    }

    private async Task<bool> AnswersAsync(ChildProcess child, CancellationToken cancel)
    {
        if (Port == 0)
        {
            if (BrokerProbe.ReadPort(_portsFolder, child.Id) is not { } chosen)
            {
                return false;
            }

            Port = chosen;
        }

        return await _answers(LocalEndpoint, cancel);
    }

    /// <summary>Starts the server again whenever it ends, until we close.</summary>
    private async Task WatchAsync()
    {
        TimeSpan pause = s_minPause;
        while (!_closing.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            ChildExit exit = await _child!.Exited;
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            pause = Stopwatch.GetElapsedTime(started) >= s_healthyAfter ? s_minPause : pause;
            _logger.BrokerEnded(exit, pause.TotalMilliseconds);
            pause = await RelaunchAsync(pause);
        }
    }

    /// <summary>Pauses and launches until it works.</summary>
    /// <returns>The next pause.</returns>
    private async Task<TimeSpan> RelaunchAsync(TimeSpan pause)
    {
        while (true)
        {
            await Task.Delay(pause, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < s_maxPause ? pause * 2 : s_maxPause;
            if (_closing.IsCancellationRequested)
            {
                return pause;
            }

            try
            {
                await LaunchAsync(_closing.Token);
                return pause;
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return pause;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whatever it is: it may pass, and without a next try there would be no broker for good.
                _logger.CannotRestartBroker(e.Message, pause.TotalMilliseconds);
            }
        }
    }
}
