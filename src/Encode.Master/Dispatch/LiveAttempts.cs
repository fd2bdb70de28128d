using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Dispatch;

/// <summary>
/// What is known of attempts that nodes hold, beside their rows: the newest progress, and whether the row says running. Hints
/// that are lost with the master. As many entries as slots are filled.
/// </summary>
internal sealed class LiveAttempts
{
    private sealed record Entry(string Token, string? NodeId, bool Running, JobProgress? Progress);

    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>Begins with a claim.</summary>
    public void Begin(JobRow job) => entries[job.Id] = new Entry(job.Token!, job.NodeId, job.State is not (JobState.Assigned or JobState.Paused), null);

    /// <summary>It stands still: when frames flow again the row has to be told again.</summary>
    public void Pause(string jobId)
    {
        while (entries.TryGetValue(jobId, out Entry? entry) && !entries.TryUpdate(jobId, entry with { Running = false }, entry))
        {
        }
    }

    /// <summary>Ends when nobody holds the job any more.</summary>
    public void End(string jobId) => entries.TryRemove(jobId, out _);

    /// <summary>Takes a node's word on how far it is.</summary>
    /// <returns>Whether these are the first frames, so that the row has to be told.</returns>
    public bool Note(string nodeId, AttemptKey key, AttemptPhase phase, JobProgress? progress)
    {
        while (entries.TryGetValue(key.JobId, out Entry? entry) && entry.Token == key.Token && entry.NodeId == nodeId)
        {
            bool runs = entry.Running || phase is AttemptPhase.Encoding or AttemptPhase.Verifying or AttemptPhase.Uploading;
            if (entries.TryUpdate(key.JobId, entry with { Running = runs, Progress = progress ?? entry.Progress }, entry))
            {
                return runs && !entry.Running;
            }
        }

        return false;
    }

    /// <summary>The newest progress of a job; null when none was heard.</summary>
    public JobProgress? ProgressOf(string jobId) => entries.GetValueOrDefault(jobId)?.Progress;
}
