using Encode.Contracts.Jobs;

namespace Encode.Contracts.Tests.Jobs;

/// <summary>The state machine of jobs.</summary>
public sealed class JobTransitionTests
{
    [Fact]
    public void A_job_reaches_its_end_along_the_main_path()
    {
        JobState[] path = [JobState.Queued, JobState.Assigned, JobState.Running, JobState.Publishing, JobState.Completed];
        Assert.All(path.Zip(path.Skip(1)), step => Assert.True(JobTransitions.IsAllowed(step.First, step.Second)));
    }

    [Theory]
    [InlineData(JobState.Queued, true)]
    [InlineData(JobState.Assigned, true)]
    [InlineData(JobState.Running, true)]
    [InlineData(JobState.Paused, true)]
    [InlineData(JobState.Publishing, false)]
    [InlineData(JobState.Completed, false)]
    [InlineData(JobState.Failed, false)]
    public void Only_a_job_without_a_result_can_be_canceled(JobState state, bool cancelable) => Assert.Equal(cancelable, JobTransitions.IsCancelable(state));

    [Fact]
    public void Completed_canceled_and_rejected_are_final()
    {
        foreach (JobState state in new[] { JobState.Completed, JobState.Canceled, JobState.Rejected })
        {
            Assert.DoesNotContain(JobTransitions.Allowed, move => move.From == state);
        }
    }

    [Fact]
    public void Every_state_can_be_reached_and_is_held_or_waiting_or_final()
    {
        Assert.All(Enum.GetValues<JobState>(), state =>
        {
            Assert.True(state == JobState.Queued || JobTransitions.Allowed.Any(move => move.To == state));
            Assert.Single(new[] { state == JobState.Queued, JobTransitions.IsHeld(state), JobTransitions.IsTerminal(state) }, one => one);
        });
    }
}
