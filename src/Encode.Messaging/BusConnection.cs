using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Encode.Messaging;

/// <summary>
/// One connection to the broker that is made again for ever. It carries hints: a message may be lost, repeated or late, and both
/// sides repeat what matters (heartbeats, results) until it is answered. Therefore:
///
///     publish     while disconnected: not sent, and the caller is told so; nothing piles up
///     request     an answer, or null: no answer in time, nobody there, disconnected, or an answer that cannot be read
///     handlers    in order for a subject, side by side otherwise; one that throws is logged and answers nothing
///     payloads    that are no JSON of the expected shape are counted and logged, and otherwise ignored
///     overflow    messages that no handler had time for are dropped, newest first, and counted
///
/// What the library does by default and we do not want: it gives up for good when the same authentication error comes twice
/// (a broker that restarts with a new configuration does that), pings every two minutes, and waits two seconds before it
/// connects again. A subscription outlives the connection: it is made again with each.
/// </summary>
public sealed partial class BusConnection : IAsyncDisposable
{
    private readonly BusOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _connectedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SubjectLanes _lanes = new();
    private readonly NatsConnection _nats;
    private readonly Task _connecting;
    private int _state = (int)BusState.Disconnected;
    private long _dropped;
    private long _malformed;
    private long _serverErrors;
    private long _failedConnects;
    private long _connects;
    private string? _lastProblem;

    /// <summary>Starts connecting in the background.</summary>
    public BusConnection(BusOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _nats = new NatsConnection(NatsOptions.From(options));
        _nats.ConnectionOpened += (_, _) => Done(() => Became(BusState.Connected));
        _nats.ConnectionDisconnected += (_, _) => Done(() => Became(BusState.Disconnected));
        _nats.ReconnectFailed += (_, _) => Done(CannotReconnect);
        _nats.MessageDropped += (_, dropped) => Done(() => Dropped(dropped.Subject));
        _nats.ServerError += (_, error) => Done(() => Refused(error.Error));
        _connecting = Task.Run(ConnectForEverAsync);
    }

    /// <summary>Raised on a thread of the pool after <see cref="State"/> has changed.</summary>
    public event Action<BusState>? StateChanged;

    /// <summary>Whether messages flow now.</summary>
    public BusState State => (BusState)Volatile.Read(ref _state);

    /// <summary>Messages that arrived and found no room.</summary>
    public long DroppedMessages => Interlocked.Read(ref _dropped);

    /// <summary>Messages that arrived and could not be read.</summary>
    public long MalformedMessages => Interlocked.Read(ref _malformed);

    /// <summary>Errors that the broker sent, such as a permission that is missing.</summary>
    public long ServerErrors => Interlocked.Read(ref _serverErrors);

    /// <summary>Attempts to connect that failed.</summary>
    public long FailedConnects => Interlocked.Read(ref _failedConnects);

    /// <summary>Times that it was connected again after the first.</summary>
    public long Reconnects => Math.Max(0, Interlocked.Read(ref _connects) - 1);

    /// <summary>Waits for the first connection. It is tried for ever; cancel to stop waiting.</summary>
    public Task WaitConnectedAsync(CancellationToken cancel = default) => _connectedOnce.Task.WaitAsync(cancel);

    /// <summary>Asks the broker for a sign of life, and so waits until all that was sent before has reached it.</summary>
    /// <returns>Whether it answered.</returns>
    public async Task<bool> FlushAsync(TimeSpan timeout, CancellationToken cancel = default)
    {
        if (State != BusState.Connected)
        {
            return false;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        limit.CancelAfter(timeout);
        try
        {
            await _nats.PingAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsTransport(e) && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>
    /// Connects anew, so that a renewed credential or certificate is shown now rather than when the broker ends the old one. What is on its
    /// way is lost, as with any other loss of the connection. Nothing happens while it is not connected: it is being tried already.
    /// </summary>
    public async Task RenewAsync()
    {
        if (State != BusState.Connected)
        {
            return;
        }

        try
        {
            await _nats.ReconnectAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsTransport(e))
        {
            // It went by itself, and comes back with the new credential.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _state, (int)BusState.Closed) == (int)BusState.Closed)
        {
            return;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        _connectedOnce.TrySetCanceled();
        await _connecting.ConfigureAwait(false);
        await _nats.DisposeAsync().ConfigureAwait(false);
        StateChanged?.Invoke(BusState.Closed);
    }

    /// <summary>The first connection is ours to repeat; later ones the library repeats.</summary>
    private async Task ConnectForEverAsync()
    {
        TimeSpan pause = _options.MinPause;
        string? lastReason = null;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await _nats.ConnectAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (IsTransport(e))
            {
                Interlocked.Increment(ref _failedConnects);
                string reason = _options.Trust?.LastProblem ?? Innermost(e);
                if (reason != lastReason)
                {
                    Log.CannotConnect(_logger, string.Join(", ", _options.Urls), reason);
                    lastReason = reason;
                }
            }

            await Task.Delay(pause, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < _options.MaxPause ? pause * 2 : _options.MaxPause;
        }
    }

    private void Became(BusState state)
    {
        BusState was = (BusState)Volatile.Read(ref _state);
        if (was == BusState.Closed || was == state || Interlocked.CompareExchange(ref _state, (int)state, (int)was) != (int)was)
        {
            return;
        }

        if (state == BusState.Connected)
        {
            Interlocked.Increment(ref _connects);
            Log.Connected(_logger, _options.Name, string.Join(", ", _options.Urls));
            _connectedOnce.TrySetResult();
        }
        else
        {
            Log.Disconnected(_logger, _options.Name);
        }

        StateChanged?.Invoke(state);
    }

    private void CannotReconnect()
    {
        Interlocked.Increment(ref _failedConnects);
        if (_options.Trust?.LastProblem is { } problem && Interlocked.Exchange(ref _lastProblem, problem) != problem)
        {
            Log.CannotConnect(_logger, string.Join(", ", _options.Urls), problem);
        }
    }

    private void Dropped(string subject)
    {
        if (Interlocked.Increment(ref _dropped) == 1)
        {
            Log.Dropped(_logger, subject);
        }
    }

    private void Refused(string error)
    {
        Interlocked.Increment(ref _serverErrors);
        Log.ServerError(_logger, error);
    }

    private static ValueTask Done(Action action)
    {
        action();
        return ValueTask.CompletedTask;
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }

        return e.Message;
    }

    /// <summary>What a broken, slow or closed connection throws.</summary>
    internal static bool IsTransport(Exception e) => e is NatsException or IOException or OperationCanceledException or ObjectDisposedException
        or TimeoutException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException;
}
