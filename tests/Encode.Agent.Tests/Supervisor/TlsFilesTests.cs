using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Certificates that are replaced while the agent runs.</summary>
public sealed class TlsFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HeardLog _log = new();
    private readonly AgentOptions _options;

    public TlsFilesTests()
    {
        _options = new AgentOptions { Cert = _folder.Combine("node.crt"), Key = _folder.Combine("node.key"), Ca = _folder.Combine("ca.crt") };
        SelfSigned.Write(_options.Cert, _options.Key, ["host"]);
        Replace(_options.Ca, "first");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_that_hold_the_same_certificates_change_nothing_when_they_are_read_again()
    {
        await using TlsFiles files = new(_options, _log);
        int changes = 0;
        files.Changed += () => changes++;
        (ServerTrust master, ServerTrust broker) = (files.Trust, files.BrokerTrust);
        files.Reload();
        await File.WriteAllTextAsync(_options.Ca, "# as it was\n" + await File.ReadAllTextAsync(_options.Ca, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        files.Reload();
        Assert.Equal(0, changes);
        Assert.Equal((master, broker), (files.Trust, files.BrokerTrust));
        Assert.Empty(_log.Of("certificate_reloaded"));

        Replace(_options.Ca, "second");
        files.Reload();
        Assert.Equal(1, changes);
        Assert.NotSame(master, files.Trust);
        Assert.NotSame(broker, files.BrokerTrust);

        File.Delete(_options.Cert);
        File.Delete(_options.Key);
        SelfSigned.Write(_options.Cert, _options.Key, ["host"]);
        files.Reload();
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task What_is_no_certificate_leaves_the_trust_as_it_was()
    {
        await using TlsFiles files = new(_options, _log);
        ServerTrust trust = files.Trust;
        await File.WriteAllTextAsync(_options.Ca, "-----BEGIN CERTIF", TestContext.Current.CancellationToken);
        files.Reload();
        Assert.Same(trust, files.Trust);
        Assert.Contains(_options.Ca, Assert.Single(_log.Of("not_reloaded")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_under_way_ends_before_the_certificate_is_disposed()
    {
        TlsFiles files = new(_options, _log);
        TaskCompletionSource looks = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string? seen = null;
        files.Changed += () =>
        {
            looks.TrySetResult();
            mayEnd.Task.Wait();
            seen = files.Certificate!.Certificate.Subject;
        };
        files.Watch();
        Replace(_options.Ca, "second");
        await looks.Task.WaitAsync(FakeMaster.Deadline, TestContext.Current.CancellationToken);
        Task disposed = files.DisposeAsync().AsTask();
        Assert.False(disposed.IsCompleted);
        mayEnd.SetResult();
        await disposed.WaitAsync(FakeMaster.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal("CN=host", seen);
    }

    private static void Replace(string path, string name)
    {
        using TestAuthority authority = TestAuthority.CreateRoot(name);
        File.WriteAllText(path + ".new", authority.Certificate.ExportCertificatePem());
        File.Move(path + ".new", path, overwrite: true);
    }
}
