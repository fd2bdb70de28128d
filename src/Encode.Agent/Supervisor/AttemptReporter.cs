using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>Tells the master how an attempt ended, again and again until it answers: the message is a hint, the answer is not.</summary>
internal sealed class AttemptReporter(IMasterLink link, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>Reports an end.</summary>
    /// <returns>Accepted or drop.</returns>
    /// <exception cref="OperationCanceledException">Nobody answered before <paramref name="cancel"/>.</exception>
    internal Task<AttemptReply> ResultAsync(ResultMessage result, CancellationToken cancel) =>
        UntilAnsweredAsync(() => link.SendResultAsync(result, cancel), cancel);

    /// <summary>Reports that an output stands under its name, or why it cannot.</summary>
    internal Task<AttemptReply> PublishedAsync(AttemptKey key, JobError? error, CancellationToken cancel) =>
        UntilAnsweredAsync(() => link.SendPublishedAsync(new PublishedMessage(key, error), cancel), cancel);

    private async Task<AttemptReply> UntilAnsweredAsync(Func<Task<AttemptReply?>> send, CancellationToken cancel)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            cancel.ThrowIfCancellationRequested();
            AttemptReply? reply = await send().ConfigureAwait(false);
            if (reply is { Verdict: Verdict.Accepted or Verdict.Drop })
            {
                return reply;
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
        }
    }
}
