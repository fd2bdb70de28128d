using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Encode.Master.Metrics;

/// <summary>
/// Counts requests, around everything else that a request passes. Labels are bounded: a method is one of HTTP's own or <c>other</c>, a
/// path is told by the template of its route or as <c>unmatched</c>, never as it was asked for.
/// </summary>
internal sealed class HttpMetrics
{
    /// <summary>The route of a request that no route takes, or that was refused before one was found.</summary>
    public const string Unmatched = "unmatched";

    /// <summary>What a request counts as whose client went away before its answer: no code of HTTP, but the one that proxies log.</summary>
    private const int ClientGone = 499;

    // From an answer out of memory to a large file over a slow line.
    private static readonly double[] Seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

    private readonly ConcurrentDictionary<string, RequestKind> kinds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RouteKind> routes = new(StringComparer.Ordinal);
    private int inFlight;

    /// <summary>Runs the rest of a request and counts it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref inFlight);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref inFlight);
            Count(context, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Writes what was counted.</summary>
    public void Write(ExpositionWriter writer)
    {
        writer.Begin("encode_http_requests_total", MetricType.Counter, "HTTP requests answered, by method, template of the route and status code (499: the client went away).");
        foreach (RequestKind kind in kinds.Values)
        {
            writer.Sample("encode_http_requests_total", kind.Count.Value, ("method", kind.Method), ("route", kind.Route), ("code", kind.Code));
        }

        writer.Begin("encode_http_request_duration_seconds", MetricType.Histogram, "Time from a request's headers to the end of its answer.");
        foreach (RouteKind kind in routes.Values)
        {
            writer.Histogram("encode_http_request_duration_seconds", kind.Durations.Take(), ("method", kind.Method), ("route", kind.Route));
        }

        writer.Single("encode_http_requests_in_flight", MetricType.Gauge, "HTTP requests that are being answered.", Volatile.Read(ref inFlight));
    }

    private void Count(HttpContext context, TimeSpan took)
    {
        string method = MethodOf(context.Request.Method);
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Unmatched;
        string code = (context.RequestAborted.IsCancellationRequested ? ClientGone : context.Response.StatusCode).ToString(CultureInfo.InvariantCulture);
        kinds.GetOrAdd($"{method} {route} {code}", _ => new RequestKind(method, route, code)).Count.Increment();
        routes.GetOrAdd($"{method} {route}", _ => new RouteKind(method, route)).Durations.Observe(took.TotalSeconds);
    }

    private static string MethodOf(string method) =>
        HttpMethods.IsGet(method) ? "GET"
        : HttpMethods.IsPost(method) ? "POST"
        : HttpMethods.IsPut(method) ? "PUT"
        : HttpMethods.IsHead(method) ? "HEAD"
        : HttpMethods.IsDelete(method) ? "DELETE"
        : HttpMethods.IsOptions(method) ? "OPTIONS"
        : HttpMethods.IsPatch(method) ? "PATCH"
        : "other";

    private sealed class RequestKind(string method, string route, string code)
    {
        public string Method => method;

        public string Route => route;

        public string Code => code;

        public Counter Count { get; } = new();
    }

    private sealed class RouteKind(string method, string route)
    {
        public string Method => method;

        public string Route => route;

        public Histogram Durations { get; } = new(Seconds);
    }
}
