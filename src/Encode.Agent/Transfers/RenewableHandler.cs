namespace Encode.Agent.Transfers;

// One handler cannot change its TLS settings, so there is another for each certificate and CA:
//
//     Use(next) ──► requests from now on go through next
//                   the one before is disposed once no request waits for its answer on it: that closes its idle connections.
//                   A body that is still being read keeps its connection until it was read; SocketsHttpHandler ends none of those.

/// <summary>Sends through the newest of several handlers; older ones go when nothing needs them any more.</summary>
internal sealed class RenewableHandler(SocketsHttpHandler first) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly HashSet<Generation> _retired = [];
    private Generation _newest = new(first);
    private bool _disposed;

    /// <summary>Handlers that are kept, the newest among them.</summary>
    internal int Kept
    {
        get
        {
            lock (_lock)
            {
                return _retired.Count + 1;
            }
        }
    }

    /// <summary>Sends through another handler from now on.</summary>
    internal void Use(SocketsHttpHandler handler)
    {
        Generation old;
        lock (_lock)
        {
            if (_disposed)
            {
                handler.Dispose();
                return;
            }

            old = _newest;
            _newest = new Generation(handler);
            if (old.Requests > 0)
            {
                _retired.Add(old);
                return;
            }
        }

        old.Sender.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Generation used = Begin();
        try
        {
            return await used.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End(used);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _disposed = true;
            _newest.Sender.Dispose();
            foreach (Generation old in _retired)
            {
                old.Sender.Dispose();
            }

            _retired.Clear();
        }

        base.Dispose(disposing);
    }

    private Generation Begin()
    {
        lock (_lock)
        {
            _newest.Requests++;
            return _newest;
        }
    }

    private void End(Generation used)
    {
        lock (_lock)
        {
            used.Requests--;
            if (used.Requests > 0 || !_retired.Remove(used))
            {
                return;
            }
        }

        used.Sender.Dispose();
    }

    private sealed class Generation(SocketsHttpHandler handler)
    {
        internal HttpMessageInvoker Sender { get; } = new(handler);

        /// <summary>Requests that wait for an answer; under the lock.</summary>
        internal int Requests { get; set; }
    }
}
