using Encode.Master.Api.Access;
using Encode.Master.Metrics;

namespace Encode.Master.Api.Routes;

/// <summary>What Prometheus scrapes: on the API's port for keys that may read, on the health port for whoever is on this host.</summary>
internal sealed class MetricsRoutes(MetricsPage page)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (RequestDelegate)MetricsAsync).WithMetadata(new Requires(Scopes.Read));

    public async Task MetricsAsync(HttpContext context)
    {
        string text = await page.ComposeAsync();
        context.Response.ContentType = ExpositionWriter.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
