using Encode.Master;
using Encode.Master.Api;
using Encode.Master.Api.Access;
using Encode.Master.Configuration;
using Encode.Master.Files;
using Encode.Master.Store;
using Encode.Messaging;
using Encode.Messaging.Logging;
using Encode.Messaging.Processes;

// The hop that children of ours start through; see Encode.Messaging/Processes.
if (ChildLauncher.TryRun(args, out int childExitCode))
{
    return childExitCode;
}

(MasterOptions? options, int exitCode) = CommandLine.Read(args, Environment.GetEnvironmentVariable(MasterOptions.ApiKeyVariable), Console.Out, Console.Error);
if (options is null)
{
    return exitCode;
}

try
{
    if (options.GenerateCert)
    {
        return CertificateCommand.Run(options, Console.Out, Console.Error);
    }

    using LineLoggerProvider log = LineLoggerProvider.ToStandardError(options.LogFormat);
    return await MasterProcess.RunAsync(options, log);
}
catch (Exception error) when (error is MessagingException or StoreException or ContentException or KeyRingException or ListenException)
{
    Console.Error.WriteLine($"master: {error.Message}");
    return 1;
}
#pragma warning disable CA1031 // The last stop: one line and an exit code instead of a core dump.
catch (Exception error)
#pragma warning restore CA1031
{
    Console.Error.WriteLine($"master: run the master: {error.GetType().Name}: {error.Message}; check what it names, or report this");
    return 1;
}
