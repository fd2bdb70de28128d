using Encode.Agent.Tests.Cells;
using Encode.Messaging.Processes;

namespace Encode.Agent.Tests;

/// <summary>The tests; and, by a hidden verb, the cell that some of them need.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        if (args is [RogueCell.Verb, var how, _, var descriptor])
        {
            RogueCell.Run(how, descriptor);
            return Task.FromResult(0);
        }

        // Cells are children of our own binary, which here is the test program: they are to be the agent's.
        ChildLauncher.SelfCommand = ChildLauncher.CommandFor(Path.Combine(AppContext.BaseDirectory, "agent.dll"));
        return Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
