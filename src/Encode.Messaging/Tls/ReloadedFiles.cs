namespace Encode.Messaging.Tls;

// What is read from files that may be replaced while the program runs: a certificate and its key, a CA.
//
//     Newest() ──► look: have size or time of a file changed since the last look? ──no──► what was loaded last
//                                        │yes
//                                        ▼
//                             load ──good──► Changed, and this from now on
//                               └──bad───► Failed, once for this state of the files, and what was loaded last goes on
//
// A look costs a stat a file, so it is made at each TLS handshake: whoever connects after the files were replaced meets the new ones,
// without a signal. Two files cannot be replaced in one step; between the two the pair does not fit, so the old one goes on, and
// the next look finds them changed again. Look(force) is for SIGHUP, for a file system whose times are too coarse to show a change.

/// <summary>Something that is read from files and read again when they change. What was good once stays in use until something better is there.</summary>
/// <typeparam name="T">What they hold. A replaced one is left to the garbage collector: handshakes may still use it.</typeparam>
public sealed class ReloadedFiles<T>
    where T : class
{
    private readonly IReadOnlyList<string> _paths;
    private readonly Func<T> _load;
    private readonly Lock _loading = new();
    private volatile string _seen;
    private volatile T _current;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="paths">The files; links are followed.</param>
    /// <param name="load">Reads them; throws <see cref="MessagingException"/> when they are no good.</param>
    /// <exception cref="MessagingException">They are no good.</exception>
    public ReloadedFiles(IReadOnlyList<string> paths, Func<T> load)
    {
        _paths = paths;
        _load = load;
        _seen = Look();
        _current = load();
    }

    /// <summary>Raised after something new was loaded, on the thread that looked; handlers must not block.</summary>
    public event Action<T>? Changed;

    /// <summary>Raised with the reason when changed files are no good.</summary>
    public event Action<MessagingException>? Failed;

    /// <summary>What was loaded last. No file is looked at.</summary>
    public T Current => _current;

    /// <summary>What the files hold now, or what was loaded last where they are no good.</summary>
    public T Newest()
    {
        if (Look() != _seen)
        {
            Reload(force: false);
        }

        return _current;
    }

    /// <summary>Reads the files again, changed or not.</summary>
    public void Reload() => Reload(force: true);

    private void Reload(bool force)
    {
        T loaded;
        lock (_loading)
        {
            string seen = Look();
            if (!force && seen == _seen)
            {
                return; // Another handshake was faster.
            }

            _seen = seen;
            try
            {
                loaded = _load();
                _current = loaded;
            }
            catch (MessagingException e)
            {
                Failed?.Invoke(e);
                return;
            }
        }

        Changed?.Invoke(loaded);
    }

    /// <summary>Size and time of each file, as one text; a file that is not there has neither.</summary>
    private string Look() => string.Join('|', _paths.Select(path =>
    {
        try
        {
            FileSystemInfo file = new FileInfo(path);
            file = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return file is FileInfo { Exists: true } found ? $"{found.FullName}:{found.Length}:{found.LastWriteTimeUtc.Ticks}" : "-";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }));
}
