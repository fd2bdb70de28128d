using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>The private folder (0700) of seeds and configuration: a lasting one, or one that goes with this object.</summary>
internal sealed class BrokerFolder : IDisposable
{
    private readonly bool _temporary;

    private BrokerFolder(string path, bool temporary)
    {
        Path = path;
        _temporary = temporary;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder when it is absent; null makes a temporary one.</summary>
    /// <exception cref="MessagingException">It cannot be made.</exception>
    public static BrokerFolder Open(string? path)
    {
        if (path is null)
        {
            try
            {
                return new BrokerFolder(Directory.CreateTempSubdirectory("encode-broker-").FullName, temporary: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new MessagingException($"create a private folder in '{System.IO.Path.GetTempPath()}': {e.Message}; set TMPDIR to a place that can be written", e);
            }
        }

        string full = System.IO.Path.GetFullPath(path);
        SecretFile.CreateFolder(full);

        // A broker that was killed leaves its report behind, and its process id may come again.
        foreach (string report in Directory.EnumerateFiles(full, $"{BrokerProgram.Name}_*.ports"))
        {
            File.Delete(report);
        }

        return new BrokerFolder(full, temporary: false);
    }

    /// <summary>Writes a file (0600) in one step, in a folder that is made again when something removed it: temporary folders get tidied.</summary>
    /// <returns>Its absolute path.</returns>
    /// <exception cref="MessagingException">It cannot be written.</exception>
    public string Write(string name, string content)
    {
        SecretFile.CreateFolder(Path);
        string path = System.IO.Path.Combine(Path, name);
        SecretFile.Replace(path, content);
        return path;
    }

    public void Dispose()
    {
        if (_temporary && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
