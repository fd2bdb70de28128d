using System.Runtime.InteropServices;
using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Messaging;
using Encode.Messaging.Logging;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Commands;

/// <summary>The service: runs until SIGTERM or Ctrl-C, then drains. A second signal ends it at once.</summary>
internal static class RunCommand
{
    /// <summary>A signal that follows the first one within this time is the same wish: terminals, <c>timeout</c> and service managers send it to a whole group.</summary>
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(1);

    private static long _stoppedAt;

    /// <summary>Runs; the exit code.</summary>
    internal static async Task<int> RunAsync(AgentOptions options)
    {
        if (options.Validate() is { Count: > 0 } problems)
        {
            return CommandText.Fail($"agent: {string.Join("; ", problems)}", CommandText.Usage);
        }

        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        using LineLoggerProvider lines = LineLoggerProvider.ToStandardError(options.LogFormat);
        using LoggerFactory logging = new([lines]);
        try
        {
            await using AgentService service = new(options, logging.CreateLogger("agent"));
            lines.SayAlways("NodeId", service.NodeId);
            using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                service.Reload();
            });
            await service.RunAsync(AgentCommands.Version, stop.Token).ConfigureAwait(false);
            return CommandText.Success;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return CommandText.Success;
        }
        catch (Exception cause) when (cause is AttemptException or MessagingException or IOException or UnauthorizedAccessException)
        {
            return CommandText.Fail($"agent: {cause.Message}");
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        if (!stop.IsCancellationRequested)
        {
            _stoppedAt = TimeProvider.System.GetTimestamp();
            stop.Cancel();
        }
        else if (TimeProvider.System.GetElapsedTime(_stoppedAt) >= Repeat)
        {
            Environment.Exit(CommandText.Fail("agent: told to stop a second time: it ends at once, and gives back what it holds when it is started again"));
        }
    }
}
