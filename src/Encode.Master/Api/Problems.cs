using Encode.Contracts.Jobs;
using Encode.Master.Files;
using Encode.Master.Store;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Encode.Master.Api;

/// <summary>
/// The outermost step of every request: whatever went wrong inside, in our routes or in the framework, becomes one problem
/// body. A fault of ours is logged with a number that the user can quote; the user sees the number and no stack.
/// </summary>
public sealed class Problems(ILogger<Problems> log)
{
    private const string ContentType = "application/problem+json";

    /// <summary>Characters of a path that an answer repeats.</summary>
    private const int PathChars = 200;

    /// <summary>Runs the rest of the request.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
            return;
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
            return;
        }

        if (!context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest && context.Response.ContentLength is null && context.Response.ContentType is null)
        {
            await WriteAsync(context, context.Response.StatusCode, Sentence(context), []);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        (int status, string detail) = Describe(context, error);
        if (context.Response.HasStarted)
        {
            // Too late for another status: a cut connection is the only honest sign that the body is not whole.
            context.Abort();
            return;
        }

        await WriteAsync(context, status, detail, (error as ApiException)?.Errors ?? []);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            await context.Response.CompleteAsync();
            await Bodies.DrainAsync(context);
        }
    }

    private (int Status, string Detail) Describe(HttpContext context, Exception error) => error switch
    {
        ApiException api => (api.Status, api.Message),
        BadHttpRequestException bad => (bad.StatusCode, $"the request cannot be read: {bad.Message}"),
        ContentException content => (StatusOf(content.Fault), content.Message),
        StoreException { Fault: not StoreFault.Failed } store => (StatusOf(store.Fault), store.Message),
        _ => (StatusCodes.Status500InternalServerError, Unexpected(context, error)),
    };

    private string Unexpected(HttpContext context, Exception error)
    {
        log.RequestFailed(error, context.TraceIdentifier, context.Request.Method, context.Request.Path);
        return $"the master failed to answer; its log says why under request {context.TraceIdentifier}";
    }

    private static int StatusOf(ContentFault fault) => fault switch
    {
        ContentFault.Full => StatusCodes.Status507InsufficientStorage,
        ContentFault.Mismatch => StatusCodes.Status400BadRequest,
        ContentFault.Busy => StatusCodes.Status423Locked,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static int StatusOf(StoreFault fault) => fault switch
    {
        StoreFault.DiskFull => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static string Sentence(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        path = path.Length <= PathChars ? path : path[..PathChars] + "…";
        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"there is no {path} here; see the README for the routes of this API",
            StatusCodes.Status405MethodNotAllowed => $"{path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}",
            _ => $"{context.Request.Method} {path} was refused",
        };
    }

    private static Task WriteAsync(HttpContext context, int status, string detail, IReadOnlyList<JobProblem> errors)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = null;
        ProblemBody body = new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, errors.Count == 0 ? null : errors);
        return context.Response.WriteAsJsonAsync(body, ApiJson.Wire.ProblemBody, ContentType, CancellationToken.None);
    }
}
