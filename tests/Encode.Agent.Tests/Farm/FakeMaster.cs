using Encode.Agent.Supervisor;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Agent.Tests.Farm;

/// <summary>
/// A master in this process: hears what attempts report and answers as the test says. By itself it is the link of an attempt runner; with
/// <see cref="ListenAsync"/> it is also an HTTP server and a user of a real broker, for a whole agent.
/// </summary>
internal sealed partial class FakeMaster : IMasterLink, IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly List<ResultMessage> _results = [];
    private readonly List<PublishedMessage> _published = [];
    private readonly List<ProgressMessage> _progress = [];
    private readonly Lock _lock = new();

    /// <summary>How an end is answered; null is no answer.</summary>
    public Func<ResultMessage, AttemptReply?> OnResult { get; set; } = _ => new AttemptReply(Verdict.Accepted);

    public Func<PublishedMessage, AttemptReply?> OnPublished { get; set; } = _ => new AttemptReply(Verdict.Accepted);

    public IReadOnlyList<ResultMessage> Results => Copy(_results);

    public IReadOnlyList<PublishedMessage> Published => Copy(_published);

    /// <summary>Figures that attempts told, in their order.</summary>
    public IReadOnlyList<ProgressMessage> Progress => Copy(_progress);

    /// <summary>Waits until an attempt tells of frames.</summary>
    public Task EncodingAsync() => Eventually.IsTrueAsync("frames", Deadline, () => Copy(_progress).Any(progress => progress.Phase == AttemptPhase.Encoding));

    public Task SendProgressAsync(ProgressMessage progress, CancellationToken cancel)
    {
        Add(_progress, progress);
        return Task.CompletedTask;
    }

    public Task<AttemptReply?> SendResultAsync(ResultMessage result, CancellationToken cancel)
    {
        AttemptReply? reply = OnResult(result);
        Add(_results, result);
        return Task.FromResult(reply);
    }

    public Task<AttemptReply?> SendPublishedAsync(PublishedMessage published, CancellationToken cancel)
    {
        AttemptReply? reply = OnPublished(published);
        Add(_published, published);
        return Task.FromResult(reply);
    }

    private void Add<T>(List<T> list, T item)
    {
        lock (_lock)
        {
            list.Add(item);
        }
    }

    private IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }
}
