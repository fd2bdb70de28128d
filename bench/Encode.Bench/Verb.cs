using System.Runtime.InteropServices;
using Encode.Media;

namespace Encode.Bench;

/// <summary>How every verb runs: a signal stops it, and what goes wrong is one line and an exit code.</summary>
internal static class Verb
{
    /// <summary>Runs a verb.</summary>
    /// <param name="name">What it is called in its errors, such as <c>bench run 4K60-h264</c>.</param>
    /// <param name="work">Does it; returns the exit code.</param>
    public static int Run(string name, Func<CancellationToken, int> work)
    {
        using CancellationTokenSource cancel = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, cancel));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, cancel));
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Stop(context, cancel));
        try
        {
            return work(cancel.Token);
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // Whatever it was, a child that was killed or a stage that was stopped, the signal is the reason.
            return BenchCommands.Fail($"{name}: stopped; nothing was measured", BenchCommands.Interrupted);
        }
        catch (Exception cause) when (cause is MediaException or BenchException)
        {
            return BenchCommands.Fail($"{name}: {cause.Message}", BenchCommands.Failure);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return BenchCommands.Fail($"{name}: {cause.Message.TrimEnd('.')}; check the path, its permissions and the space in {Path.GetTempPath()}", BenchCommands.Failure);
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource cancel)
    {
        context.Cancel = true;
        cancel.Cancel();
    }
}
