using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>Finds <c>nats-server</c>.</summary>
internal static class BrokerProgram
{
    public const string Name = "nats-server";

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Debian installs the broker where an ordinary user's PATH does not look.</summary>
    private static readonly string[] s_systemFolders = ["/usr/local/sbin", "/usr/sbin"];

    /// <summary>Looks beside our own binary, then on PATH, then where Debian puts it.</summary>
    /// <exception cref="MessagingException">There is none.</exception>
    public static string Find() => Find(AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "", s_systemFolders);

    internal static string Find(string beside, string path, IReadOnlyList<string> system)
    {
        foreach (string folder in (string[])[beside, .. path.Split(':', StringSplitOptions.RemoveEmptyEntries), .. system])
        {
            string candidate = Path.GetFullPath(Path.Combine(folder, Name));
            if (IsProgram(candidate))
            {
                return candidate;
            }
        }

        throw new MessagingException($"start the broker: no {Name} beside '{beside}' or on PATH; install it (Debian: package {Name}) or put it there");
    }

    private static bool IsProgram(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
}
