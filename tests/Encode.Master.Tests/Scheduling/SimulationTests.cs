using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>Whole farms through bad times: no job is lost, none is made twice, every one ends.</summary>
public sealed class SimulationTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(1001, 10)]
    [InlineData(2001, 10)]
    public void Every_job_ends_once_whatever_is_lost_repeated_or_killed(int firstSeed, int seeds)
    {
        Dictionary<JobState, int> ends = [];
        int pauses = 0, earlyResults = 0;
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            try
            {
                using SimulatedFarm farm = new(seed);
                foreach (JobRow job in RunOne(farm))
                {
                    ends[job.State] = ends.GetValueOrDefault(job.State) + 1;
                }

                pauses += farm.PausesSeen;
                earlyResults += farm.EarlyResults;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"the farm of seed {seed}: {error.Message}", error);
            }
        }

        // A simulation in which nothing happens would prove nothing.
        Assert.All([JobState.Completed, JobState.Failed, JobState.Canceled], state => Assert.True(ends.GetValueOrDefault(state) > 0, $"no job is {state}"));
        Assert.True(pauses > 0, "no job stood still");
        Assert.True(earlyResults > 0, "no result came before its job was known to go on");
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(", ", ends.Select(pair => $"{pair.Key} {pair.Value}"))}; {pauses} looks at a paused job, {earlyResults} early results");
    }

    private static IReadOnlyList<JobRow> RunOne(SimulatedFarm farm)
    {
        const int Jobs = 30;
        IReadOnlyList<JobRow> jobs = farm.Run(agentCount: 4, Jobs, badTime: TimeSpan.FromMinutes(15), limit: TimeSpan.FromHours(6));
        Assert.Equal(Jobs, jobs.Count);
        Assert.All(jobs, job => AssertRight(farm, job));
        Assert.Empty(farm.Core.Holds);
        Assert.Empty(farm.Core.Window);
        Assert.Equal(
            jobs.Where(job => job.State == JobState.Completed).SelectMany(job => job.FileUrls).Where(url => url.StartsWith("upload:", StringComparison.Ordinal)).Select(url => url[7..]).Order(StringComparer.Ordinal),
            farm.Call(farm.Store.ListFilesAsync()).Select(file => file.Name!));
        return jobs;
    }

    private static void AssertRight(SimulatedFarm farm, JobRow job)
    {
        int accepted = farm.AcceptedTokens.GetValueOrDefault(job.Id)?.Count ?? 0;
        Assert.True(accepted <= 1, $"job {job.Sequence} was accepted under {accepted} tokens");
        Assert.InRange(job.RetriesUsed, 0, job.MaxRetries);
        switch (job.State)
        {
            case JobState.Completed:
                Assert.Equal(1, accepted);
                Assert.NotNull(job.Result);
                break;
            case JobState.Failed:
                // Without an acceptance a job fails only for good reasons: its input, or because its retries are spent.
                Assert.True(accepted == 1 || job.Error!.Class == ErrorClass.Input || job.RetriesUsed == job.MaxRetries, $"job {job.Sequence}: {job.Error}");
                break;
            default:
                Assert.True(job.State is JobState.Canceled or JobState.TimedOut, $"job {job.Sequence} is {job.State}");
                break;
        }
    }
}
