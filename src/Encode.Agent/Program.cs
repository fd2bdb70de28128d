using Encode.Agent.Cells;
using Encode.Agent.Commands;
using Encode.Messaging.Processes;

// The hidden verbs come first: they are how cells and other children of ours begin, and must cost nothing.
if (ChildLauncher.TryRun(args, out int exitCode))
{
    return exitCode;
}

CellHost.RunIfAsked(args);
return await AgentCommands.RunAsync(args).ConfigureAwait(false);
