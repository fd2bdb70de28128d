using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.TestKit;

/// <summary>A real process under test: its output is collected by line, its end is awaited with a deadline, and it never outlives the test.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly Lock gate = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> watchers = [];

    private RunningProgram(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => OnLine(e.Data);
        process.ErrorDataReceived += (_, e) => OnLine(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Everything it has printed on both streams so far.</summary>
    public string Output
    {
        get
        {
            lock (gate)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its arguments, one each.</param>
    /// <param name="folder">Working folder; null for the test's own.</param>
    /// <param name="environment">Variables to set, or to remove where the value is null.</param>
    public static RunningProgram Start(string path, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new RunningProgram(start);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and everything it printed.</returns>
    /// <exception cref="TimeoutException">It ran longer than <paramref name="limit"/>.</exception>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string path, IEnumerable<string> arguments, TimeSpan limit, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using RunningProgram program = Start(path, arguments, folder, environment);
        int code = await program.WaitForExitAsync(limit);
        return (code, program.Output);
    }

    /// <summary>Waits for a line that fits, printed already or yet to come.</summary>
    /// <exception cref="TimeoutException">None came in time, or the program ended without one; the message holds its output.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> wanted, TimeSpan limit)
    {
        TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            foreach (string line in output.ToString().Split('\n'))
            {
                if (wanted(line))
                {
                    return line;
                }
            }

            watchers.Add((wanted, found));
        }

        Task exit = process.WaitForExitAsync();
        if (await Task.WhenAny(found.Task, exit, Task.Delay(limit)) != found.Task && !found.Task.IsCompleted)
        {
            throw new TimeoutException($"{process.StartInfo.FileName}: {(exit.IsCompleted ? "ended" : $"ran {limit.TotalSeconds} s")} without the line waited for; it printed:\n{Output}");
        }

        return await found.Task;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code; 128 + N after signal N.</returns>
    /// <exception cref="TimeoutException">It did not end in time; the message holds its output.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using CancellationTokenSource deadline = new(limit);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{process.StartInfo.FileName} still runs after {limit.TotalSeconds} s; it printed:\n{Output}");
        }

        return process.ExitCode;
    }

    /// <summary>Sends a signal to this process alone.</summary>
    public void Signal(int signal) => Signal(process.Id, signal);

    /// <summary>Sends a signal to a process that this test is responsible for.</summary>
    public static void Signal(int processId, int signal)
    {
        if (kill(processId, signal) != 0)
        {
            throw new InvalidOperationException($"send signal {signal} to process {processId}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (gate)
        {
            output.Append(line).Append('\n');
            foreach ((Func<string, bool> wanted, TaskCompletionSource<string> found) in watchers)
            {
                if (wanted(line))
                {
                    found.TrySetResult(line);
                }
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int processId, int signal);
}
