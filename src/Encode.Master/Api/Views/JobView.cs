using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Api;

/// <summary>A job as users see it. Times are UTC.</summary>
public sealed record JobView
{
    public required string Id { get; init; }

    public required long Sequence { get; init; }

    public required JobState Status { get; init; }

    /// <summary>What is asked of its agent and not so yet: <c>pause</c> or <c>resume</c>.</summary>
    public string? Wish { get; init; }

    public required string Scenario { get; init; }

    public InputView? Input { get; init; }

    public required IReadOnlyList<OutputView> Outputs { get; init; }

    public required JobQueue Queue { get; init; }

    public required JobPriority Priority { get; init; }

    public required int Attempt { get; init; }

    public required int MaxRetries { get; init; }

    public required int TimeoutSeconds { get; init; }

    public string? Node { get; init; }

    public required DateTime CreatedAt { get; init; }

    public DateTime? NotBefore { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime? FinishedAt { get; init; }

    public ProgressView? Progress { get; init; }

    public JobResult? Result { get; init; }

    public JobError? Error { get; init; }

    /// <summary>A row as users see it; the lease's token stays behind.</summary>
    public static JobView Of(JobRow row, JobProgress? progress) => new()
    {
        Id = row.Id,
        Sequence = row.Sequence,
        Status = row.State,
        Wish = row.Wish?.ToString().ToLowerInvariant(),
        Scenario = row.Settings.Scenario,
        Input = row.InputUrl is null ? null : new InputView(row.InputUrl),
        Outputs = [.. row.Outputs.Zip(row.Settings.Outputs, (place, content) => OutputView.Of(row.Settings, content, place))],
        Queue = row.Queue,
        Priority = row.Priority,
        Attempt = row.Attempt,
        MaxRetries = row.MaxRetries,
        TimeoutSeconds = row.TimeoutSeconds,
        Node = row.NodeId,
        CreatedAt = row.CreatedAt.UtcDateTime,
        NotBefore = row.NotBefore?.UtcDateTime,
        StartedAt = row.StartedAt?.UtcDateTime,
        FinishedAt = row.FinishedAt?.UtcDateTime,
        Progress = JobTransitions.IsHeld(row.State) ? ProgressView.Of(progress) : null,
        Result = row.Result,
        Error = row.Error,
    };
}
