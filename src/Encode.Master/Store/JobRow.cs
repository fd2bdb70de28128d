using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Store;

/// <summary>A job as its row says: the truth about it.</summary>
public sealed record JobRow
{
    /// <summary>Its id: 32 hex digits, lower case.</summary>
    public required string Id { get; init; }

    /// <summary>Its number, counted from 1 in the order of submission: what people say.</summary>
    public required long Sequence { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobState State { get; init; }

    /// <summary>The line it waits in.</summary>
    public required JobQueue Queue { get; init; }

    /// <summary>Its place in that line.</summary>
    public required JobPriority Priority { get; init; }

    /// <summary>The newest attempt, from 1; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>The newest lease's token, the fence; null before the first claim. Never shown to users.</summary>
    public string? Token { get; init; }

    /// <summary>The node of the newest attempt; null before the first claim.</summary>
    public string? NodeId { get; init; }

    /// <summary>What a user wants of it that its agent has not confirmed yet.</summary>
    public JobWish? Wish { get; init; }

    /// <summary>When the lease ends, while an agent holds the job.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>What an agent is told to make.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>Where the input is; null means a generated clip.</summary>
    public string? InputUrl { get; init; }

    /// <summary>Where the outputs go, in the order of the settings' outputs.</summary>
    public required IReadOnlyList<JobOutput> Outputs { get; init; }

    /// <summary>Further attempts that it may have after the first.</summary>
    public required int MaxRetries { get; init; }

    /// <summary>Further attempts that it has had or is due.</summary>
    public required int RetriesUsed { get; init; }

    /// <summary>Not offered before this time, after a failed attempt.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Seconds that one attempt may take; 0 sets no limit.</summary>
    public required int TimeoutSeconds { get; init; }

    /// <summary>When it was submitted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest attempt was claimed.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What it made, once completed.</summary>
    public JobResult? Result { get; init; }

    /// <summary>Why the newest attempt that failed did.</summary>
    public JobError? Error { get; init; }

    /// <summary>The node of the attempt that failed so.</summary>
    public string? FailedNodeId { get; init; }

    /// <summary>The node on which what the last attempt had encoded may lie, since its agent was started again; null where none is to be preferred for it.</summary>
    public string? LeftOnNodeId { get; init; }

    /// <summary>Names the newest attempt with its fence; null before the first.</summary>
    public AttemptKey? Key => Token is null ? null : new AttemptKey(Id, Attempt, Token);

    /// <summary>URLs of all files that it makes.</summary>
    public IReadOnlyList<string> FileUrls => JobFiles.UrlsOf(Settings, Outputs);

    /// <summary>Its place in the order of service.</summary>
    public QueueRank Rank => new(Queue, Priority, Sequence);
}
