using System.Net;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The programs run where memory that was written may not be executed, as under systemd's <c>MemoryDenyWriteExecute</c>.</summary>
public sealed class NoNewCodeTests
{
    private const string Perl = "/usr/bin/perl";

    // prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), inherited by all that is started from here.
    private const string Deny = "syscall(157, 65, 1, 0, 0, 0) == 0 or exit 77; exec @ARGV or exit 127";

    [Fact]
    public async Task Encoding_in_a_cell_needs_no_memory_that_is_written_and_executed()
    {
        await SkipUnlessDeniedAsync();
        using TempFolder folder = new();
        string clip = await Clip.MakeAsync(folder.Combine("in.mp4"), seconds: 1);
        foreach (string codec in new[] { "h264", "hevc", "av1" })
        {
            (int code, string output) = await RunningProgram.RunAsync(
                Perl, ["-e", Deny, Published.Agent, "encode", clip, folder.Combine($"{codec}.mp4"), "--scenario", $"360p30-{codec}"], Limits.Job, folder.Path);
            Assert.True(code == 0, output);
        }
    }

    [Fact]
    public async Task A_master_with_TLS_and_broker_needs_no_memory_that_is_written_and_executed()
    {
        await SkipUnlessDeniedAsync();
        using TempFolder folder = new();
        string certificate = folder.Combine("m.crt"), key = folder.Combine("m.key");
        (int code, string output) = await RunningProgram.RunAsync(Perl, ["-e", Deny, Published.Master, "--generate-cert", "--cert", certificate, "--key", key, "--hosts", "localhost"], Limits.Start);
        Assert.True(code == 0, output);
        int port = LoopbackServer.FreePort();
        using MasterClient client = new($"https://localhost:{port}", key: null, System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(certificate));
        await using RunningProgram master = RunningProgram.Start(
            Perl,
            ["-e", Deny, Published.Master, "--tls", "--cert", certificate, "--key", key, "--bind", "127.0.0.1", "--port", $"{port}", "--nats-port", $"{LoopbackServer.FreePort()}", "--db", folder.Combine("m.db"), "--files", folder.Combine("files")],
            folder.Path);
        await Eventually.GetAsync("the master's /health", Limits.Start, async () =>
        {
            Assert.False(master.HasExited, master.Output);
            return await client.TryHealthAsync() == HttpStatusCode.OK ? "ok" : null;
        });
        master.Signal(15);
        Assert.Equal(0, await master.WaitForExitAsync(Limits.Exit));
    }

    private static async Task SkipUnlessDeniedAsync()
    {
        Assert.SkipUnless(File.Exists(Perl), "there is no perl to make the system call");
        (int code, _) = await RunningProgram.RunAsync(Perl, ["-e", Deny, "/bin/true"], Limits.Start);
        Assert.SkipUnless(code == 0, "this kernel cannot refuse executable memory to a process (Linux 6.3)");
    }
}
