using Encode.Messaging.Processes;

namespace Encode.Messaging.Tests.Processes;

/// <summary>A process that starts a child which would live for ten minutes, says its id, and does nothing more.</summary>
internal static class ParentProgram
{
    public const string Verb = "parent-of-a-sleeper";

    public static async Task<int> RunAsync()
    {
        using ChildProcess child = ChildProcess.Start(new ChildStart { Command = ["/bin/sh", "-c", "echo up; exec sleep 600"], OnLine = line => Console.WriteLine($"child {line}") });
        Console.WriteLine($"id {child.Id}");
        await child.Exited;
        return 0;
    }
}
