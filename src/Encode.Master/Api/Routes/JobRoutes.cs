using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Encode.Contracts.Jobs;
using Encode.Master.Api.Access;
using Encode.Master.Dispatch;
using Encode.Master.Store;

namespace Encode.Master.Api.Routes;

/// <summary>Submitting, looking at and canceling jobs.</summary>
internal sealed class JobRoutes(EncodeStore store, Dispatcher dispatcher, ILogger<JobRoutes> log)
{
    private static readonly Requires ToRead = new(Scopes.Read | Scopes.Submit);
    private static readonly Requires ToSubmit = new(Scopes.Submit);

    /// <summary>Digits of the longest sequence number.</summary>
    private const int SequenceDigits = 18;

    /// <summary>Digits of an id.</summary>
    private const int IdDigits = 32;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/jobs", (RequestDelegate)SubmitAsync).WithMetadata(ToSubmit, new TakesJson());
        routes.MapGet("/jobs", (RequestDelegate)ListAsync).WithMetadata(ToRead);
        routes.MapGet("/jobs/{id}", (RequestDelegate)GetAsync).WithMetadata(ToRead);
        routes.MapPost("/jobs/{id}/cancel", (RequestDelegate)CancelAsync).WithMetadata(ToSubmit);
        routes.MapGet("/jobs/{id}/logs", (RequestDelegate)LogsAsync).WithMetadata(ToRead);
        routes.MapPost("/jobs/{id}/pause", (RequestDelegate)(context => WishAsync(context, "pause", "one that has a result, or waits and is not wished to pause already, cannot be paused", store.PauseAsync))).WithMetadata(ToSubmit);
        routes.MapPost("/jobs/{id}/resume", (RequestDelegate)(context => WishAsync(context, "resume", "only a job that is paused, or is wished to pause, can be resumed", store.ResumeAsync))).WithMetadata(ToSubmit);
        routes.MapPost("/jobs/{id}/retry", (RequestDelegate)(_ => throw ApiException.NotYet("POST /jobs/ID/retry"))).WithMetadata(ToSubmit);

        foreach (string view in new[] { "events", "explain" })
        {
            routes.MapGet($"/jobs/{{id}}/{view}", (RequestDelegate)(_ => throw ApiException.NotYet($"GET /jobs/ID/{view}"))).WithMetadata(ToRead);
        }
    }

    private async Task SubmitAsync(HttpContext context)
    {
        Caller caller = Caller.Of(context);
        byte[] body = await Bodies.ReadAsync(context, JobLimits.BodyBytes);
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(body);
        if (request is null)
        {
            throw Refused([.. problems]);
        }

        SubmitResult result = await store.SubmitAsync(ToNewJob(request, body), ReadIdempotencyKey(context, caller.Owner, body));
        switch (result.Outcome)
        {
            case SubmitOutcome.Conflict:
                throw new ApiException(StatusCodes.Status409Conflict, "this Idempotency-Key came before with another body: use a new key for a new job");
            case SubmitOutcome.InputMissing:
                string missing = $"there is no finished file '{request.Input}': upload it first with PUT /files/{request.Input?.Target}";
                throw Refused(new JobProblem("input.url", missing));
            case SubmitOutcome.OutputTaken:
                throw Refused(new JobProblem($"{request.Outputs[result.Output].Path}.url", EncodeStore.OutputTakenText(request.Outputs[result.Output].Url?.ToString())));
            case SubmitOutcome.OutputNeeded:
                throw Refused(new JobProblem($"{request.Outputs[result.Output].Path}.url", EncodeStore.OutputNeededText(request.Outputs[result.Output].Url?.ToString())));
            case SubmitOutcome.Created:
                log.JobSubmitted(result.Job!.Sequence, result.Job.Id, caller.Name, result.Job.Settings.Scenario);
                break;
        }

        context.Response.Headers.Location = $"/jobs/{result.Job!.Id}";
        int status = result.Outcome == SubmitOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await Bodies.WriteAsync(context, status, View(result.Job), ApiJson.Wire.JobView);
    }

    private async Task ListAsync(HttpContext context)
    {
        Query query = new(context.Request, "status", "queue", "limit", "after");
        JobQuery wanted = new()
        {
            State = query.Word<JobState>("status"),
            Queue = query.Word<JobQueue>("queue"),
            Limit = (int)(query.Number("limit", 1, JobQuery.MaxLimit) ?? new JobQuery().Limit),
            After = query.Number("after", 0, long.MaxValue),
        };
        query.ThrowIfWrong();
        JobPage page = await store.ListJobsAsync(wanted);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, new JobListView([.. page.Jobs.Select(View)], page.Count, page.Next), ApiJson.Wire.JobListView);
    }

    private async Task GetAsync(HttpContext context)
    {
        string id = IdOf(context);
        JobRow job = await store.GetJobAsync(id) ?? throw Missing(id);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, View(job), ApiJson.Wire.JobView);
    }

    private async Task CancelAsync(HttpContext context)
    {
        string id = IdOf(context);
        CancelResult result = await store.CancelAsync(id);
        JobRow job = result.Job ?? throw Missing(id);
        if (result.Outcome == CancelOutcome.Forbidden)
        {
            throw new ApiException(StatusCodes.Status409Conflict, $"cancel job {job.Sequence}: it is {Names<JobState>.Of(job.State)}, and only a job that has no result yet can be canceled");
        }

        log.JobCanceled(job.Sequence, job.Id, job.Attempt, job.NodeId ?? "none", Caller.Of(context).Name);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, View(job), ApiJson.Wire.JobView);
    }

    private async Task WishAsync(HttpContext context, string verb, string rule, Func<string, Task<WishResult>> wish)
    {
        string id = IdOf(context);
        WishResult result = await wish(id);
        JobRow job = result.Job ?? throw Missing(id);
        if (result.Outcome == WishOutcome.Forbidden)
        {
            throw new ApiException(StatusCodes.Status409Conflict, $"{verb} job {job.Sequence}: it is {Names<JobState>.Of(job.State)}, and {rule}");
        }

        log.JobWished(job.Sequence, job.Id, job.Attempt, verb, job.NodeId ?? "none", Caller.Of(context).Name);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, View(job), ApiJson.Wire.JobView);
    }

    private async Task LogsAsync(HttpContext context)
    {
        string id = IdOf(context);
        IReadOnlyList<LogLine> lines = await store.LogsAsync(id) ?? throw Missing(id);
        if (context.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(Text(lines), context.RequestAborted);
            return;
        }

        LogView view = new([.. lines.Select(line => new LogLineView(line.At.UtcDateTime, line.Attempt, line.NodeId, line.Text))]);
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, view, ApiJson.Wire.LogView);
    }

    private JobView View(JobRow row) => JobView.Of(row, JobTransitions.IsHeld(row.State) ? dispatcher.ProgressOf(row.Id) : null);

    private static NewJob ToNewJob(JobRequest request, byte[] body) => new()
    {
        RequestJson = Encoding.UTF8.GetString(body),
        Settings = request.Settings,
        InputUrl = request.Input?.ToString(),
        Outputs = [.. request.Outputs.Select(output => new NewOutput(output.Url?.ToString(), output.IfExists))],
        Queue = request.Queue,
        Priority = request.Priority,
        MaxRetries = request.MaxRetries,
        TimeoutSeconds = request.TimeoutSeconds,
    };

    private static IdempotencyKey? ReadIdempotencyKey(HttpContext context, string owner, byte[] body)
    {
        if (!context.Request.Headers.TryGetValue("Idempotency-Key", out var values))
        {
            return null;
        }

        string key = values.ToString();
        return key.Length is > 0 and <= HttpLimits.IdempotencyKeyChars && key.All(c => c is >= ' ' and <= '~')
            ? new IdempotencyKey(owner, key, Convert.ToHexStringLower(SHA256.HashData(body)))
            : throw new ApiException(StatusCodes.Status400BadRequest, $"an Idempotency-Key has 1 to {HttpLimits.IdempotencyKeyChars} visible ASCII characters, such as a UUID");
    }

    private static string Text(IReadOnlyList<LogLine> lines)
    {
        StringBuilder text = new();
        foreach (LogLine line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {line.Attempt} {line.NodeId ?? "master"} {line.Text}\n");
        }

        return text.ToString();
    }

    private static string IdOf(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        bool good = (id.Length == IdDigits && id.All(char.IsAsciiHexDigitLower)) || (id.Length <= SequenceDigits && id.All(char.IsAsciiDigit));
        return good ? id : throw new ApiException(StatusCodes.Status404NotFound, $"there is no such job: a job's id has {IdDigits} lower-case hexadecimal digits; its sequence number will do as well");
    }

    private static ApiException Refused(params JobProblem[] problems) =>
        new(StatusCodes.Status400BadRequest, $"the job cannot be taken: {problems[0].Message}", problems);

    private static ApiException Missing(string id) => new(StatusCodes.Status404NotFound, $"there is no job {id}");
}
