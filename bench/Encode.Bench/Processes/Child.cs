using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Encode.Bench.Processes;

/// <summary>A running process of a <see cref="ChildGroup"/>. Waited for by one thread, once.</summary>
internal sealed class Child(int id, long startedAt)
{
    private const double MicrosecondsASecond = 1e6;
    private const int SignalMask = 0x7F;
    private const int ShellSignalBase = 128;

    /// <summary>The process id, good until <see cref="Wait"/> has returned.</summary>
    public int Id { get; } = id;

    /// <summary>Waits for its end and tells what it cost.</summary>
    public ProcessCost Wait()
    {
        Libc.ResourceUsage usage = default;
        int status;
        while (Libc.wait4(Id, out status, 0, ref usage) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Libc.EINTR)
            {
                throw new IOException($"wait for process {Id}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }

        double wall = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        int signal = status & SignalMask;
        return new ProcessCost(
            signal == 0 ? (status >> 8) & 0xFF : ShellSignalBase + signal,
            wall,
            usage.UserSeconds + usage.SystemSeconds + ((usage.UserMicroseconds + usage.SystemMicroseconds) / MicrosecondsASecond),
            usage.MaxResidentKibibytes * 1024);
    }
}
