namespace Encode.Messaging.Tls;

// What is read from files that may be replaced while the program runs: a certificate and its key, a CA.
//
//     Newest() ──► look: is a file another one, or changed, since the last look? ──no──► what was loaded last
//                                        │yes
//                                        ▼
//                             load ──good──► Changed, and this from now on
//                               └──bad───► Failed, once for this state of the files, and what was loaded last goes on
//
// A look costs a stat a file, so it is made at each TLS handshake: whoever connects after the files were replaced meets the new ones,
// without a signal. Two files cannot be replaced in one step; between the two the pair does not fit, so the old one goes on, and
// the next look finds them changed again. That is no fault worth a line, so files that are no good are told of only when they stay so.
// Reload is for SIGHUP: it reads whatever the look says, and tells at once.

/// <summary>Something that is read from files and read again when they change. What was good once stays in use until something better is there.</summary>
/// <typeparam name="T">What they hold. A replaced one is left to the garbage collector: handshakes may still use it.</typeparam>
public sealed class ReloadedFiles<T>
    where T : class
{
    /// <summary>How long files may be no good before that is told: far longer than it takes to replace two.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<T> _load;
    private readonly Lock _loading = new();
    private volatile string _seen;
    private volatile T _current;
    private volatile MessagingException? _untold;
    private long _failedAt;

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
        else if (_untold is not null && TimeProvider.System.GetElapsedTime(Volatile.Read(ref _failedAt)) >= s_grace
            && Interlocked.Exchange(ref _untold, null) is { } error)
        {
            Failed?.Invoke(error);
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

            // Seen is written last: whoever finds it equal to the files must find what they hold too.
            try
            {
                loaded = _load();
                _current = loaded;
                _untold = null;
                _seen = seen;
            }
            catch (MessagingException e) when (!force)
            {
                Volatile.Write(ref _failedAt, TimeProvider.System.GetTimestamp());
                _untold = e;
                _seen = seen;
                return;
            }
            catch (MessagingException e)
            {
                _untold = null;
                _seen = seen;
                Failed?.Invoke(e);
                return;
            }
        }

        Changed?.Invoke(loaded);
    }

    private string Look() => string.Join('|', _paths.Select(FileStamp.Of));
}
