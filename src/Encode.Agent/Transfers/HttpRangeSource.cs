using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Transfers;

/// <summary>An input behind HTTP. Redirects are followed by hand so that each step passes the same rules as the first.</summary>
internal sealed class HttpRangeSource : IRangeSource
{
    /// <summary>
    /// How old a file must be for the second of its last change to tell its versions apart: in the same second it may be written again. RFC 9110,
    /// 8.8.2.2, asks for one at least, by the server's own clock.
    /// </summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly FetchRules? _rules;
    private readonly TransferLimits _limits;
    private readonly bool _ownsClient;

    /// <param name="http">Must not follow redirects itself.</param>
    /// <param name="url">The input.</param>
    /// <param name="rules">The rules of foreign servers; null for the master, which is never followed elsewhere.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="ownsClient">Whether disposing this disposes the client.</param>
    internal HttpRangeSource(HttpClient http, Uri url, FetchRules? rules, TransferLimits limits, bool ownsClient)
    {
        _http = http;
        _url = url;
        _rules = rules;
        _limits = limits;
        _ownsClient = ownsClient;
        Name = NameOf(url);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>A URL as it may be logged: no query, which often holds a signature, no user, no fragment.</summary>
    internal static string NameOf(Uri url) => $"{url.Scheme}://{url.Authority}{url.AbsolutePath}";

    /// <inheritdoc/>
    public async Task<RangeAnswer> OpenAsync(long offset, string? ifRange, CancellationToken cancel)
    {
        Uri url = _url;
        for (int redirects = 0; ; redirects++)
        {
            _rules?.CheckUrl(url);
            HttpResponseMessage response = await SendAsync(url, offset, ifRange, cancel).ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode))
            {
                return await AnswerAsync(response, offset, cancel).ConfigureAwait(false);
            }

            using (response)
            {
                url = Redirected(url, response, redirects);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsClient)
        {
            _http.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri url, long offset, string? ifRange, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.Range = new RangeHeaderValue(offset, null);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (ifRange is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Range", ifRange);
        }

        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        }
        catch (HttpRequestException cause) when (cause.InnerException is AttemptException refused)
        {
            throw new AttemptException(refused.Class, refused.Message, cause);
        }
        catch (HttpRequestException cause) when (cause.InnerException is AuthenticationException tls)
        {
            throw new AttemptException(ErrorClass.Network, $"fetch {NameOf(url)}: {TlsHint(tls)}", cause);
        }
    }

    private static string TlsHint(AuthenticationException cause)
    {
        using X509Store roots = new(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        return roots.Certificates.Count == 0
            ? "this host has no certificate roots; install ca-certificates or set SSL_CERT_FILE"
            : $"the server's certificate is not trusted ({cause.Message.TrimEnd('.')}); set SSL_CERT_FILE to its CA's certificate";
    }

    private Uri Redirected(Uri from, HttpResponseMessage response, int redirects)
    {
        if (_rules is null)
        {
            throw new AttemptException(ErrorClass.Network, $"fetch {Name}: the master answered with a redirect; check --master");
        }

        if (redirects >= _limits.MaxRedirects)
        {
            throw new AttemptException(ErrorClass.Network, $"fetch {Name}: more than {_limits.MaxRedirects} redirects; name the final URL");
        }

        return response.Headers.Location is { } location && Uri.TryCreate(from, location, out Uri? next)
            ? next
            : throw new AttemptException(ErrorClass.Network, $"fetch {NameOf(from)}: a redirect without a location; name the final URL");
    }

    private async Task<RangeAnswer> AnswerAsync(HttpResponseMessage response, long offset, CancellationToken cancel)
    {
        try
        {
            switch (response.StatusCode)
            {
                case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange is { From: { } from } range && from == offset:
                    return await AnswerAsync(response, from, range.Length ?? throw NoLength(), ranged: true, cancel).ConfigureAwait(false);
                case HttpStatusCode.OK:
                    return await AnswerAsync(response, 0, response.Content.Headers.ContentLength, ranged: false, cancel).ConfigureAwait(false);
                case HttpStatusCode.RequestedRangeNotSatisfiable when offset == 0:
                    return new RangeAnswer(Stream.Null, 0, 0, Ranged: false, Validator: null, response);
                case HttpStatusCode.RequestedRangeNotSatisfiable:
                    throw new AttemptException(ErrorClass.Input, $"fetch {Name}: the file changed while it was read, it ends before byte {offset} now; submit the job again when it is complete");
                default:
                    throw Refused(response);
            }
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task<RangeAnswer> AnswerAsync(HttpResponseMessage response, long offset, long? length, bool ranged, CancellationToken cancel)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        string? tag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        DateTimeOffset? modified = response.Content.Headers.LastModified;
        bool isSettled = response.Headers.Date - modified >= Settled;
        return new RangeAnswer(body, offset, length, ranged, tag ?? modified?.ToString("R"), response) { Version = tag ?? (isSettled ? modified?.ToString("R") : null) };
    }

    // A part without the length of the whole may be any part: taken for the rest of the file, it would cut it short.
    private AttemptException NoLength() =>
        new(ErrorClass.Input, $"fetch {Name}: the server sends parts and does not say how long the file is; serve it by a server that does");

    private Exception Refused(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        string message = $"fetch {Name}: the server answered {status}";
        return status switch
        {
            408 or 429 or >= 500 => new HttpRequestException(message),
            404 or 410 => new AttemptException(ErrorClass.Input, $"{message}; check that the file is there"),
            401 or 403 when _rules is null => new HttpRequestException(message), // the node's token changes when it registers again
            401 or 403 => new AttemptException(ErrorClass.Input, $"{message}; the URL needs credentials that it does not carry"),
            _ => new AttemptException(ErrorClass.Network, $"{message}; try the URL by hand"),
        };
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
}
