using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>What a child is and what it gets. Everything that is not named here it does not get.</summary>
public sealed record ChildStart
{
    /// <summary>Program and its first arguments; the program is an absolute path. <see cref="ChildLauncher.SelfCommand"/> for our own binary.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Arguments after those of <see cref="Command"/>. Visible to every user of the host: no secrets.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment; empty by default.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Descriptors it inherits, as 3, 4, … in this order. They stay the caller's, who may close them once <see cref="ChildProcess.Start"/> is back.</summary>
    public IReadOnlyList<SafeHandle> Descriptors { get; init; } = [];

    /// <summary>Folder it starts in; null is this process's.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Whether it gets SIGTERM instead of SIGKILL when this process is gone.</summary>
    public bool EndGentlyWithParent { get; init; }

    /// <summary>Limits of the kernel.</summary>
    public ChildLimits Limits { get; init; } = new() { CoreBytes = 0 };

    /// <summary>Gets each line that it writes to its standard streams, one at a time, on threads of the pool. Must be quick and not throw.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>Characters of a line; longer ones arrive in parts.</summary>
    public int MaxLineChars { get; init; } = 4096;
}
