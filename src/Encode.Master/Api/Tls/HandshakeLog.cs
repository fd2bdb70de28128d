using System.Net;
using System.Security.Authentication;
using Encode.Master.Api.Access;
using Microsoft.AspNetCore.Connections;

namespace Encode.Master.Api.Tls;

/// <summary>
/// Tells an operator why a TLS handshake failed, a line each. Kestrel keeps that to itself: it logs the exception where nobody
/// looks and closes the connection. So this is also the logger that Kestrel's TLS layer writes to; which connection it speaks of is
/// known from the asynchronous flow, since the handshake runs inside <see cref="WatchAsync"/>.
/// </summary>
internal sealed class HandshakeLog(Refusals refusals) : ILoggerProvider
{
    /// <summary>What Kestrel's TLS layer calls itself.</summary>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Https.Internal.HttpsConnectionMiddleware";

    private readonly AsyncLocal<Watched?> current = new();

    /// <summary>Runs a connection.</summary>
    public async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        current.Value = new Watched(NearRules.Plain((connection.RemoteEndPoint as IPEndPoint)?.Address));
        await next(connection);
    }

    /// <summary>Tells why a connection is refused.</summary>
    /// <param name="peer">Whose it is.</param>
    /// <param name="reason">The end of a sentence that begins with the peer.</param>
    public void Refuse(IPAddress? peer, string reason)
    {
        if (current.Value is { } watched)
        {
            watched.Told = true;
        }

        refusals.Tell(peer, reason);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => categoryName == Category ? new KestrelEar(this) : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Hear(Exception error)
    {
        if (current.Value is { Told: false } watched && Explain(error) is { } reason)
        {
            watched.Told = true;
            refusals.Tell(watched.Peer, reason);
        }
    }

    /// <summary>What an exception of a handshake means; null when the peer only went away, which is no news.</summary>
    private static string? Explain(Exception error)
    {
        Exception innermost = error;
        while (innermost.InnerException is { } next)
        {
            innermost = next;
        }

        // OpenSSL's own words, of which only these tell an operator what to do.
        (string Says, string Means)[] known =
        [
            ("unsupported protocol", "it speaks no TLS version later than 1.1; this master takes 1.2 and 1.3"),
            ("version too low", "it speaks no TLS version later than 1.1; this master takes 1.2 and 1.3"),
            ("no shared cipher", "it takes none of the ciphers of TLS 1.2 and 1.3 that fit the key of this master's certificate"),
            ("unknown ca", "it does not trust this master's certificate; give it the CA"),
            ("certificate unknown", "it does not trust this master's certificate; give it the CA, and reach the master by a name that the certificate carries"),
            ("bad certificate", "it does not take this master's certificate; look at its names and its time"),
            ("certificate expired", "it finds this master's certificate expired; look at both clocks and put a new one in its place"),
        ];
        string words = innermost.Message;
        if (Array.Find(known, entry => words.Contains(entry.Says, StringComparison.OrdinalIgnoreCase)).Means is { } means)
        {
            return means;
        }

        return error is AuthenticationException ? $"the TLS handshake failed: {words.ReplaceLineEndings(" ").TrimEnd('.', ' ')}" : null;
    }

    private sealed class Watched(IPAddress? peer)
    {
        public IPAddress? Peer => peer;

        public bool Told { get; set; }
    }

    private sealed class KestrelEar(HandshakeLog owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                owner.Hear(exception);
            }
        }
    }
}
