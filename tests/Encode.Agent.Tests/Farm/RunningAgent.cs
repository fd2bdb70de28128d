using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.TestKit;

namespace Encode.Agent.Tests.Farm;

/// <summary>A whole agent in this process, with real cells, under a master that the test plays.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private AgentService? _service;
    private Task _run = Task.CompletedTask;

    public FakeMaster Master { get; } = new();

    public HeardLog Log { get; } = new();

    public string Media => _folder.CreateFolder("media");

    public IEnumerable<string> Unfinished => Directory.EnumerateFiles(_folder.Path, "*.tmp", SearchOption.AllDirectories);

    public string Work => _folder.CreateFolder("work");

    /// <summary>What a next start would find.</summary>
    public IReadOnlyList<JournalEntry> Journal => new AttemptJournal(_folder.Combine("work/attempts")).ReadAll();

    public bool HasEnded => _run.IsCompleted;

    /// <summary>Starts the master's side and the agent, and waits until the agent has given a sign of life.</summary>
    public async Task StartAsync(TimeSpan drainTimeout)
    {
        await Master.ListenAsync();
        ReplaceCa();
        ReplaceKey("a-key");
        AgentOptions options = new()
        {
            Master = Master.Url,
            Register = true,
            Name = "host",
            Work = _folder.Combine("work"),
            MediaRoots = [Media],
            Ca = _folder.Combine("ca.crt"),
            ApiKeyFile = _folder.Combine("key"),
            Slots = 1,
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
            PollInterval = TimeSpan.FromMilliseconds(200),
            DrainTimeout = drainTimeout,
        };
        _service = new AgentService(options, Log);
        _run = _service.RunAsync("test", _stop.Token);
        await Eventually.IsTrueAsync("a heartbeat", FakeMaster.Deadline, () => Master.Heartbeats.Count > 0 || _run.IsCompleted);
        Assert.False(_run.IsCompleted, _run.Exception?.Message ?? "the agent ended");
    }

    /// <summary>Puts another CA in place of the one that the agent trusts; it speaks no TLS here, so only the change counts.</summary>
    public void ReplaceCa()
    {
        using TestAuthority authority = TestAuthority.CreateRoot("another");
        Replace("ca.crt", authority.Certificate.ExportCertificatePem());
    }

    /// <summary>Puts another API key in place of the one that the agent registers with.</summary>
    public void ReplaceKey(string key) => Replace("key", key);

    /// <summary>What SIGHUP does.</summary>
    public void Reload() => _service!.Reload();

    /// <summary>Tells the agent to stop and waits until it has.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(FakeMaster.Deadline);
    }

    private void Replace(string name, string content)
    {
        File.WriteAllText(_folder.Combine(name + ".new"), content);
        File.Move(_folder.Combine(name + ".new"), _folder.Combine(name), overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(FakeMaster.Deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        await Master.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }
}
