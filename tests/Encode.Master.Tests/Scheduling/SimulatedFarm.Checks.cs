using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Scheduling;
using Encode.Master.Store;

namespace Encode.Master.Tests.Scheduling;

/// <content>What must hold at any time, whatever goes wrong.</content>
internal sealed partial class SimulatedFarm
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, HashSet<string>> acceptedTokens = new(StringComparer.Ordinal);
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);

    /// <summary>Successes that were accepted, by job: the tokens they were accepted under.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> AcceptedTokens => acceptedTokens;

    /// <summary>How often a job was found to stand still.</summary>
    public int PausesSeen { get; private set; }

    /// <summary>Successes that came while the row said that the job stands still.</summary>
    public int EarlyResults { get; private set; }

    /// <summary>Delivers a result to the master.</summary>
    public AttemptReply Deliver(string nodeId, ResultMessage message)
    {
        JobRow before = Call(Store.GetJobAsync(message.Key.JobId))!;
        AttemptReply reply = Call(Store.TakeResultAsync(nodeId, message));
        bool isOwner = before.Key == message.Key;
        if (reply.Verdict == Verdict.Accepted && !isOwner)
        {
            throw new InvalidOperationException($"job {before.Sequence}: a report of attempt {message.Key.Attempt} was accepted while attempt {before.Attempt} owned the job");
        }

        if (message.Outcome != Outcome.Succeeded)
        {
            return reply;
        }

        if (isOwner && before.State is JobState.Assigned or JobState.Running or JobState.Paused && reply.Verdict != Verdict.Accepted)
        {
            throw new InvalidOperationException($"job {before.Sequence}: a good result was dropped while it was {before.State} with the wish {before.Wish}: {reply.Reason}");
        }

        EarlyResults += before.State == JobState.Paused ? 1 : 0;
        if (reply.Verdict == Verdict.Accepted && Call(Store.GetJobAsync(message.Key.JobId))!.State is JobState.Completed or JobState.Publishing)
        {
            NoteAccepted(message.Key);
        }

        return reply;
    }

    private void NoteAccepted(AttemptKey key)
    {
        if (!acceptedTokens.TryGetValue(key.JobId, out HashSet<string>? tokens))
        {
            acceptedTokens[key.JobId] = tokens = new(StringComparer.Ordinal);
        }

        tokens.Add(key.Token);
    }

    /// <summary>A job ends once, and for its length only when it was worked on for that long: what it stood still does not count.</summary>
    private void CheckEnd(StoreEvent happened)
    {
        if (happened is StoreEvent.JobClaimed { Job: var claimed } && ended.Contains(claimed.Id))
        {
            throw new InvalidOperationException($"job {claimed.Sequence} had ended and was claimed");
        }

        if (happened is not StoreEvent.AttemptOver { Job: var job } over || !JobTransitions.IsTerminal(over.State))
        {
            return;
        }

        if (!ended.Add(job.Id))
        {
            throw new InvalidOperationException($"job {job.Sequence} ended twice");
        }

        if (over.State == JobState.TimedOut && AgentOf(job.NodeId)?.WorkedOn(job.Key!) is { } worked && worked < TimeSpan.FromSeconds(job.TimeoutSeconds - 0.01))
        {
            throw new InvalidOperationException($"job {job.Sequence} was timed out after {worked.TotalSeconds:F1} s of work, and {job.TimeoutSeconds} s are allowed");
        }
    }

    private void CheckNowAndThen()
    {
        foreach (JobRow job in Call(Store.ListJobsAsync(new JobQuery { Limit = JobQuery.MaxLimit })).Jobs)
        {
            CheckHold(job, core.Holds.GetValueOrDefault(job.Id));
            CheckWish(job);
            PausesSeen += job.State == JobState.Paused ? 1 : 0;
        }

        After(CheckInterval, CheckNowAndThen);
    }

    /// <summary>Somebody watches each attempt that is to do something, and what stands still keeps no slot.</summary>
    private static void CheckHold(JobRow job, Hold? hold)
    {
        bool isWatched = job.State is JobState.Assigned or JobState.Running or JobState.Publishing || (job.State == JobState.Paused && job.Wish == JobWish.Resume);
        bool isRight = isWatched ? hold?.Key == job.Key : hold is null || (job.State == JobState.Queued && hold.Phase == HoldPhase.Claiming);
        if (!isRight)
        {
            throw new InvalidOperationException($"job {job.Sequence} is {job.State} with the wish {job.Wish}, and its hold is {hold?.ToString() ?? "none"}");
        }
    }

    /// <summary>What a user was granted is so, or is shown until it is.</summary>
    private void CheckWish(JobRow job)
    {
        bool isKept = wanted.TryGetValue(job.Id, out JobWish wish) switch
        {
            false => job.Wish is null && job.State != JobState.Paused,
            true when JobTransitions.IsTerminal(job.State) || job.State == JobState.Publishing => job.Wish is null,
            true when wish == JobWish.Pause => job.State == JobState.Paused ? job.Wish is null or JobWish.Pause : job.Wish == JobWish.Pause,
            _ => job.State == JobState.Paused ? job.Wish == JobWish.Resume : job.Wish is null or JobWish.Resume,
        };
        if (!isKept)
        {
            throw new InvalidOperationException($"job {job.Sequence}: a user was granted a {wish}, and it is {job.State} with the wish {job.Wish}");
        }
    }
}
