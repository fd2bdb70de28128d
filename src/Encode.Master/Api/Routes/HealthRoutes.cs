using Encode.Contracts.Scenarios;
using Encode.Master.Api.Access;
using Encode.Master.Store;

namespace Encode.Master.Api.Routes;

/// <summary>Whether the master works, what it can be asked for, and what it does not do yet.</summary>
internal sealed class HealthRoutes(MasterServices services)
{
    private const string Ok = "ok";
    private const string Down = "down";

    /// <summary>Version of this program.</summary>
    public static string Version { get; } = typeof(HealthRoutes).Assembly.GetName().Version!.ToString(3);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", (RequestDelegate)HealthAsync).WithMetadata(new Requires(Scopes.None));
        routes.MapGet("/scenarios", (RequestDelegate)ScenariosAsync).WithMetadata(new Requires(Scopes.All));
        routes.MapGet("/openapi.json", (RequestDelegate)(_ => throw ApiException.NotYet("GET /openapi.json"))).WithMetadata(new Requires(Scopes.All));
    }

    public async Task HealthAsync(HttpContext context)
    {
        bool database = await IsDatabaseUpAsync();
        bool broker = services.Broker.IsUp;
        bool all = database && broker && !services.Dispatcher.Fatal.IsCompleted;
        HealthView view = new(all ? Ok : "degraded", Version, database ? Ok : Down, broker ? Ok : Down, CertificateView.OfAll(services.Certificates()));
        context.Response.Headers.CacheControl = "no-store";
        await Bodies.WriteAsync(context, all ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, view, ApiJson.Wire.HealthView);
    }

    private static Task ScenariosAsync(HttpContext context) =>
        Bodies.WriteAsync(context, StatusCodes.Status200OK, new ScenarioListView(ScenarioTable.All, ScenarioTable.All.Count), ApiJson.Wire.ScenarioListView);

    private async Task<bool> IsDatabaseUpAsync()
    {
        try
        {
            await services.Store.PingAsync().WaitAsync(HttpLimits.HealthTime);
            return true;
        }
        catch (Exception error) when (error is StoreException or TimeoutException)
        {
            return false;
        }
    }
}
