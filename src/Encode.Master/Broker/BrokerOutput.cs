namespace Encode.Master.Broker;

/// <summary>Hears the server's lines, <c>[pid] [INF] …</c>: sorts them into our log, and knows what the last ones told.</summary>
internal sealed class BrokerOutput(ILogger logger)
{
    private const string Fatal = "[FTL] ";
    private const string ReloadDone = "Reloaded server configuration";
    private const string ReloadFailed = "Failed to reload server configuration: ";

    private volatile string? _lastFatal;
    private volatile TaskCompletionSource<string?>? _reload;

    /// <summary>Why it ended, in its own words; null while it has not said.</summary>
    public string? LastFatal => _lastFatal;

    /// <summary>Forgets what an earlier server said.</summary>
    public void Forget() => _lastFatal = null;

    /// <summary>Completes when the server has read its configuration again: with null, or with why it did not.</summary>
    public Task<string?> NextReload()
    {
        TaskCompletionSource<string?> next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reload = next;
        return next.Task;
    }

    /// <summary>Takes a line.</summary>
    public void Hear(string line)
    {
        if (line.EndsWith(ReloadDone, StringComparison.Ordinal))
        {
            _reload?.TrySetResult(null);
        }
        else if (line.IndexOf(ReloadFailed, StringComparison.Ordinal) is var failed and >= 0)
        {
            _reload?.TrySetResult(line[(failed + ReloadFailed.Length)..]);
        }

        if (line.Contains(Fatal, StringComparison.Ordinal) || !line.StartsWith('['))
        {
            _lastFatal = line[(line.IndexOf(Fatal, StringComparison.Ordinal) is var at and >= 0 ? at + Fatal.Length : 0)..];
            logger.BrokerWarns(line);
        }
        else if (line.Contains("[ERR]", StringComparison.Ordinal) || line.Contains("[WRN]", StringComparison.Ordinal))
        {
            logger.BrokerWarns(line);
        }
        else
        {
            logger.BrokerSays(line);
        }
    }
}
