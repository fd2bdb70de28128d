using Encode.Agent.Options;
using Encode.Contracts.Jobs;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

/// <summary>
/// The API key that the node registers with. A file is read again for each registration, since a key may be replaced while the agent runs;
/// one that is no good just now leaves the key that was read last.
/// </summary>
internal sealed class RegistrationKey
{
    private const string Variable = "ENCODE_API_KEY";

    private readonly string _path;
    private readonly ILogger _log;
    private readonly Lock _reading = new();
    private string? _last;
    private string? _told;

    /// <exception cref="AttemptException">The file cannot be read.</exception>
    internal RegistrationKey(AgentOptions options, ILogger log)
    {
        _path = options.ApiKeyFile;
        _log = log;
        _last = _path.Length > 0 ? Read(_path) : Given(options);
    }

    /// <summary>What the file holds now, or what it held before where it is no good; null for no key.</summary>
    internal string? Newest()
    {
        lock (_reading)
        {
            if (_path.Length > 0)
            {
                ReadAgain();
            }

            return _last;
        }
    }

    /// <summary>Reads the file again and tells of it if it is no good.</summary>
    /// <returns>Whether there is another key.</returns>
    internal bool Reload()
    {
        lock (_reading)
        {
            string? before = _last;
            _told = null;
            return Newest() != before;
        }
    }

    private void ReadAgain()
    {
        string problem = $"read --api-key-file {_path}: it holds no key";
        try
        {
            string? key = Read(_path);
            if (key is not null || _last is null)
            {
                Take(key);
                return;
            }
        }
        catch (AttemptException cause)
        {
            problem = cause.Message;
        }

        if (problem != _told)
        {
            _told = problem;
            _log.NotReloaded(problem);
        }
    }

    private void Take(string? key)
    {
        _told = null;
        if (key != _last)
        {
            _last = key;
            _log.KeyReloaded(_path);
        }
    }

    private static string? Given(AgentOptions options)
    {
        string? key = options.ApiKey.Length > 0 ? options.ApiKey : Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(key) ? null : key;
    }

    /// <summary>The same form as the master's file: the key, then perhaps name=… scopes=…</summary>
    private static string? Read(string path)
    {
        try
        {
            string? line = File.ReadLines(path).Select(text => text.Trim()).FirstOrDefault(text => text.Length > 0 && text[0] != '#');
            return line?.Split([' ', '\t'], 2)[0];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new AttemptException(ErrorClass.Settings, $"read --api-key-file {path}: {cause.Message.TrimEnd('.')}; name a file that this user may read", cause);
        }
    }
}
