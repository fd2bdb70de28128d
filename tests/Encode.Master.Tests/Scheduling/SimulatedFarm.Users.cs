using Encode.Contracts.Jobs;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <content>
/// What users do: submit, cancel, pause and resume, some with second thoughts. Around a wish things go wrong on purpose: the master is started
/// again before it is confirmed, or the agent that it is for dies.
/// </content>
internal sealed partial class SimulatedFarm
{
    private readonly Dictionary<string, JobWish> wanted = new(StringComparer.Ordinal);

    private void Submit()
    {
        NewJob job = Random.Next(4) switch
        {
            0 => Samples.Job(),
            1 => Samples.Job(output: $"file:/out/{NewId()}.mp4"),
            2 => Samples.Several(null, $"upload:{NewId()}/"),
            _ => Samples.Several($"file:/out/{NewId()}.mp4", $"upload:{NewId()}/"),
        };
        int timeoutSeconds = Random.Next(10) switch
        {
            0 => 60,
            1 or 2 => 200,
            _ => 0,
        };
        string id = Call(Store.SubmitAsync(job with { MaxRetries = Random.Next(4), TimeoutSeconds = timeoutSeconds })).Job!.Id;
        if (Random.Next(10) == 0)
        {
            After(Seconds(0, 100), () => Call(Store.CancelAsync(id)));
        }

        if (Random.Next(2) == 0)
        {
            After(Seconds(0, 200), () => Pause(id));
        }
    }

    private void Pause(string id)
    {
        if (!Chaos)
        {
            return;
        }

        Ask(Call(Store.PauseAsync(id)), JobWish.Pause);
        After(Random.Next(4) == 0 ? Seconds(0, 3) : Seconds(3, 400), () => Resume(id));
    }

    private void Resume(string id)
    {
        if (!Chaos)
        {
            return;
        }

        Ask(Call(Store.ResumeAsync(id)), JobWish.Resume);
        if (Random.Next(2) == 0)
        {
            After(Random.Next(4) == 0 ? Seconds(0, 3) : Seconds(3, 100), () => Pause(id));
        }
    }

    /// <summary>Notes what a user was granted, and lets something go wrong before it is so.</summary>
    private void Ask(WishResult asked, JobWish wish)
    {
        if (asked.Outcome != WishOutcome.Taken)
        {
            return;
        }

        wanted[asked.Job!.Id] = wish;
        string? node = asked.Job.NodeId;
        switch (Random.Next(8))
        {
            case 0:
                After(Seconds(0, 3), StartMaster);
                break;
            case 1:
                After(Seconds(0, 5), () => AgentOf(node)?.Crash());
                break;
        }
    }

    private void ResumeAll()
    {
        foreach (JobRow job in Call(Store.ListJobsAsync(new JobQuery { Limit = JobQuery.MaxLimit })).Jobs.Where(job => job.State == JobState.Paused || job.Wish == JobWish.Pause))
        {
            if (Call(Store.ResumeAsync(job.Id)).Outcome != WishOutcome.Taken)
            {
                throw new InvalidOperationException($"job {job.Sequence} is {job.State} with the wish {job.Wish}, and cannot be resumed");
            }

            wanted[job.Id] = JobWish.Resume;
        }
    }
}
