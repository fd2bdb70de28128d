namespace Encode.Messaging.Tls;

// What is read from files that may be replaced while the program runs: a certificate and its key, a CA.
//
//     Newest() ──► look: is a file another one, or changed, since the last look? ──no──► what was loaded last
//                                        │yes
//                                        ▼
//                             load ──good──► Changed, and this from now on
//                               └──bad───► tried again while it stays so; Failed once; what was loaded last goes on
//
// A look costs a stat a file, so it is made at each TLS handshake: whoever connects after the files were replaced meets the new ones,
// without a signal. Two files cannot be replaced in one step; between the two the pair does not fit, so the old one goes on, and
// the next look finds them changed again. That is no fault worth a line, so files that are no good are told of only when they stay so.
// A certificate may be no good today and good in a minute, with nothing changed: its time has not begun. So what failed is tried again.
// Files on a disk that hangs hold up those who look first and nobody after them.
// Reload is for SIGHUP: it reads whatever the look says, and tells at once.

/// <summary>Something that is read from files and read again when they change. What was good once stays in use until something better is there.</summary>
/// <typeparam name="T">What they hold. A replaced one is left to the garbage collector: handshakes may still use it.</typeparam>
public sealed class ReloadedFiles<T>
    where T : class
{
    /// <summary>How long files may be no good before that is told: far longer than it takes to replace two.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    /// <summary>How long after a failure the same files are tried again.</summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    /// <summary>How long a look or a load may take before others go on with what was loaded last.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<T> _load;
    private readonly TimeProvider _clock;
    private readonly Lock _loading = new();
    private volatile string _seen;
    private volatile T _current;
    private volatile bool _failed;
    private volatile MessagingException? _untold;
    private volatile string? _told;
    private long _failedAt;
    private long _lookBegan;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="paths">The files; links are followed.</param>
    /// <param name="load">Reads them; throws <see cref="MessagingException"/> when they are no good.</param>
    /// <param name="clock">The clock; null is the system's.</param>
    /// <exception cref="MessagingException">They are no good.</exception>
    public ReloadedFiles(IReadOnlyList<string> paths, Func<T> load, TimeProvider? clock = null)
    {
        _paths = paths;
        _load = load;
        _clock = clock ?? TimeProvider.System;
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
        long began = Interlocked.CompareExchange(ref _lookBegan, _clock.GetTimestamp(), 0);
        if (began != 0 && _clock.GetElapsedTime(began) > s_patience)
        {
            return _current; // Somebody waits for the disk already.
        }

        try
        {
            if (Look() != _seen || (_failed && SinceFailure() >= s_retry))
            {
                Reload(force: false);
            }

            TellWhatStays();
        }
        finally
        {
            if (began == 0)
            {
                Volatile.Write(ref _lookBegan, 0);
            }
        }

        return _current;
    }

    /// <summary>Reads the files again, changed or not.</summary>
    public void Reload() => Reload(force: true);

    private void Reload(bool force)
    {
        if (!_loading.TryEnter(force ? Timeout.InfiniteTimeSpan : s_patience))
        {
            return;
        }

        T? loaded;
        try
        {
            loaded = Load(force);
        }
        finally
        {
            _loading.Exit();
        }

        if (loaded is not null)
        {
            Changed?.Invoke(loaded);
        }
    }

    /// <summary>Loads what is there now; null when that is no good, or another handshake was faster. Called under the lock.</summary>
    private T? Load(bool force)
    {
        string seen = Look();
        if (!force && seen == _seen && !(_failed && SinceFailure() >= s_retry))
        {
            return null;
        }

        // Seen is written last: whoever finds it equal to the files must find what they hold too.
        try
        {
            T loaded = _load();
            _current = loaded;
            (_failed, _untold, _told) = (false, null, null);
            _seen = seen;
            return loaded;
        }
        catch (MessagingException e)
        {
            bool known = _failed && _told == e.Message && seen == _seen;
            Volatile.Write(ref _failedAt, _clock.GetTimestamp());
            (_failed, _untold) = (true, force || known ? null : e);
            _seen = seen;
            if (force)
            {
                _told = e.Message;
                Failed?.Invoke(e);
            }

            return null;
        }
    }

    private void TellWhatStays()
    {
        if (_untold is not null && SinceFailure() >= s_grace && Interlocked.Exchange(ref _untold, null) is { } error)
        {
            _told = error.Message;
            Failed?.Invoke(error);
        }
    }

    private TimeSpan SinceFailure() => _clock.GetElapsedTime(Volatile.Read(ref _failedAt));

    private string Look() => string.Join('|', _paths.Select(FileStamp.Of));
}
