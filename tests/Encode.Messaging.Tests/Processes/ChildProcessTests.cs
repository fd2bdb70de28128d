using System.Collections.Concurrent;
using System.Diagnostics;
using Encode.Messaging.Processes;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Messaging.Tests.Processes;

/// <summary>Children are real processes: small ones of the system, started through this test program as the hop.</summary>
public sealed class ChildProcessTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly ConcurrentQueue<string> _lines = new();

    [Fact]
    public async Task Child_writes_lines_and_exits_with_its_code()
    {
        using ChildProcess child = Start("/bin/sh", "-c", "echo one; echo two >&2; exit 3");
        ChildExit exit = await child.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(new ChildExit(3, null), exit);
        Assert.Equal(["one", "two"], _lines.Order());
    }

    [Fact]
    public async Task Child_has_the_environment_it_is_given_and_nothing_else()
    {
        using ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = ["/usr/bin/env"],
            Environment = new Dictionary<string, string> { ["GREETING"] = "good morning" },
            OnLine = _lines.Enqueue,
        });
        await child.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(["GREETING=good morning"], _lines);
    }

    [Fact]
    public async Task Child_inherits_the_descriptors_it_is_given_and_no_others()
    {
        // A descriptor that is not closed on exec, as a careless library would leave it.
        using TempFolder folder = new();
        using SafeFileHandle file = File.OpenHandle(folder.Combine("given"), FileMode.Create, FileAccess.ReadWrite);
        using SafeFileHandle stray = new(LibC.fcntl((int)file.DangerousGetHandle(), F_DUPFD, 40), ownsHandle: true);
        Assert.False(stray.IsInvalid);

        using ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = ["/bin/ls", "-l", "/proc/self/fd"],
            Descriptors = [file],
            OnLine = _lines.Enqueue,
        });
        Assert.True((await child.WaitForExitAsync().WaitAsync(s_limit)).Success);

        // ls itself holds the folder open that it lists.
        string[][] open = [.. _lines.Where(l => l.Contains(" -> ", StringComparison.Ordinal) && !l.EndsWith("/fd", StringComparison.Ordinal)).Select(l => l.Split(' ')[^3..])];
        Assert.Equal(["0", "1", "2", "3"], open.Select(f => f[0]).Order());
        Assert.Equal(folder.Combine("given"), open.Single(f => f[0] == "3")[2]);
    }

    [Fact]
    public async Task Child_talks_over_a_socket_it_was_handed()
    {
        using SocketPair pair = SocketPair.Create();
        using ChildProcess child = ChildProcess.Start(new ChildStart { Command = ["/bin/sh", "-c", "read word <&3; echo got $word >&3"], Descriptors = [pair.Theirs] });
        pair.Theirs.Dispose();
        await pair.Ours.SendAsync("salt\n"u8.ToArray());
        byte[] answer = new byte[64];
        int read = await pair.Ours.ReceiveAsync(answer).WaitAsync(s_limit);
        Assert.Equal("got salt\n", System.Text.Encoding.ASCII.GetString(answer, 0, read));
        await child.Exited.WaitAsync(s_limit);
        Assert.Equal(0, await pair.Ours.ReceiveAsync(answer).WaitAsync(s_limit));
    }

    [Fact]
    public async Task Child_leads_a_session_of_its_own_with_clean_signals()
    {
        using ChildProcess child = Start("/bin/cat", "/proc/self/stat", "/proc/self/status");
        Assert.True((await child.WaitForExitAsync().WaitAsync(s_limit)).Success);
        string[] stat = _lines.First().Split(' ');
        Assert.Equal(child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), stat[5]);
        Assert.Equal(0, Signals("SigIgn:\t"));
        Assert.Equal(0, Signals("SigBlk:\t"));

        // Those that programs know, 1 to 31; glibc keeps 32 and 33 for itself.
        long Signals(string label) =>
            Convert.ToInt64(_lines.Single(l => l.StartsWith(label, StringComparison.Ordinal))[label.Length..], 16) & 0x7fffffff;
    }

    [Fact]
    public async Task Killed_child_reports_the_signal_and_ignores_later_ones()
    {
        using ChildProcess child = await StartedAsync("echo up; exec sleep 600");
        child.Kill();
        Assert.Equal(new ChildExit(null, 9), await child.WaitForExitAsync().WaitAsync(s_limit));
        Assert.False(child.Signal(9));
    }

    [Fact]
    public async Task Child_that_ignores_terminate_is_killed_when_patience_ends()
    {
        using ChildProcess child = await StartedAsync("trap '' TERM; echo up; while :; do sleep 1; done");
        ChildExit exit = await child.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(s_limit);
        Assert.Equal(9, exit.Signal);
    }

    [Fact]
    public async Task Target_that_does_not_exist_ends_with_127_and_a_line_that_names_it()
    {
        using ChildProcess child = Start("/no/such/program");
        Assert.Equal(ChildLauncher.CannotExecute, (await child.WaitForExitAsync().WaitAsync(s_limit)).Code);
        Assert.Equal("execute '/no/such/program': No such file or directory", Assert.Single(_lines));
    }

    [Fact]
    public async Task Limits_hold_in_the_child()
    {
        using ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = ["/bin/sh", "-c", "ulimit -n; ulimit -c; ulimit -v"],
            Limits = new ChildLimits { OpenFiles = 77, CoreBytes = 0, AddressSpaceBytes = 1L << 30 },
            OnLine = _lines.Enqueue,
        });
        await child.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(["77", "0", "1048576"], _lines);
    }

    [Fact]
    public async Task Folder_is_the_one_asked_for()
    {
        using ChildProcess child = ChildProcess.Start(new ChildStart { Command = ["/bin/pwd"], WorkingFolder = "/usr", OnLine = _lines.Enqueue });
        await child.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal("/usr", Assert.Single(_lines));
    }

    [Fact]
    public async Task Long_lines_arrive_in_parts()
    {
        using ChildProcess child = ChildProcess.Start(new ChildStart { Command = ["/bin/sh", "-c", "printf 123456789"], MaxLineChars = 4, OnLine = _lines.Enqueue });
        await child.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(["1234", "5678", "9"], _lines);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(15)]
    public async Task Child_is_gone_when_its_parent_is_killed(int signal)
    {
        (RunningProgram parent, int child) = await StartParentAsync();
        await using (parent)
        {
            Assert.Equal(0, LibC.kill(parent.Id, signal));
            await Eventually.IsTrueAsync("the child's end", s_limit, () => !IsAlive(child));
        }
    }

    [Fact]
    public async Task Interrupt_from_the_parents_terminal_cannot_reach_the_child()
    {
        (RunningProgram parent, int child) = await StartParentAsync();
        await using (parent)
        {
            Assert.NotEqual(Session(parent.Id), Session(child));
            Assert.Equal(child, Session(child));
        }
    }

    [Fact]
    public async Task Children_of_System_Diagnostics_are_not_reaped_by_ours_nor_ours_by_them()
    {
        Task<int>[] theirs = [.. Enumerable.Range(0, 5).Select(async i =>
        {
            using Process process = Process.Start("/bin/sh", ["-c", $"exit {i}"]);
            await process.WaitForExitAsync();
            return process.ExitCode;
        })];
        Task<ChildExit>[] ours = [.. Enumerable.Range(10, 5).Select(async i =>
        {
            using ChildProcess child = ChildProcess.Start(new ChildStart { Command = ["/bin/sh", "-c", $"exit {i}"] });
            return await child.WaitForExitAsync();
        })];
        int[] theirCodes = await Task.WhenAll(theirs).WaitAsync(s_limit);
        ChildExit[] ourExits = await Task.WhenAll(ours).WaitAsync(s_limit);
        Assert.Equal([0, 1, 2, 3, 4], theirCodes);
        Assert.Equal([10, 11, 12, 13, 14], ourExits.Select(e => e.Code ?? -1));
    }

    private const int F_DUPFD = 0;

    private ChildProcess Start(params string[] command) => ChildProcess.Start(new ChildStart { Command = command, OnLine = _lines.Enqueue });

    private async Task<ChildProcess> StartedAsync(string script)
    {
        ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = ["/bin/sh", "-c", script],
            OnLine = _lines.Enqueue,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        });
        await Eventually.IsTrueAsync("the child's first line", s_limit, () => _lines.Contains("up"));
        return child;
    }

    private static async Task<(RunningProgram Parent, int Child)> StartParentAsync()
    {
        IReadOnlyList<string> self = ChildLauncher.SelfCommand;
        RunningProgram parent = RunningProgram.Start(self[0], [.. self.Skip(1), ParentProgram.Verb]);
        string line = await parent.WaitForLineAsync(l => l.StartsWith("id ", StringComparison.Ordinal), s_limit);
        await parent.WaitForLineAsync(l => l == "child up", s_limit);
        return (parent, int.Parse(line[3..], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>A zombie is not alive: in a container nobody may ever reap it.</summary>
    private static bool IsAlive(int id)
    {
        try
        {
            return Stat(id)[0] != "Z";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int Session(int id) => int.Parse(Stat(id)[3], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The fields of /proc/ID/stat after the name: state, parent, group, session.</summary>
    private static string[] Stat(int id)
    {
        string text = File.ReadAllText($"/proc/{id}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }
}
