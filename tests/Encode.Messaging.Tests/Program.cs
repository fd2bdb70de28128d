using Encode.Messaging.Processes;
using Encode.Messaging.Tests.Processes;

namespace Encode.Messaging.Tests;

/// <summary>The tests; and, by hidden verbs, the processes that tests of children need.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        if (ChildLauncher.TryRun(args, out int exitCode))
        {
            return Task.FromResult(exitCode);
        }

        return args is [ParentProgram.Verb, ..] ? ParentProgram.RunAsync() : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
