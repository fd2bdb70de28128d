using System.Runtime.ExceptionServices;
using Encode.Contracts.Messages;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

// Uploading while the encode runs:
//
//     cell: muxer ──► file in --work ──► OutputGrowth: "final up to N" ──► parts of 1 to 16 MiB ──► master's partial file
//              ▲                                                              │
//              └───────────── waits when N is AheadBytes past ◄── "taken up to M" ◄──┘
//
// The descriptor is the supervisor's; what is final in it the cell says, and no more than that is ever sent. The master keeps the parts under
// job, attempt and token, as it keeps a whole staged file: it forgets them when the attempt is over, and only the last request, after the
// check, makes a staged file of them. So nothing changes in how a result is accepted, and an attempt that dies leaves nothing.

/// <summary>Follows the growing files of an attempt to the master. One request at a time.</summary>
internal sealed class GrowingUpload : IAsyncDisposable
{
    private readonly OutputUpload _upload;
    private readonly AttemptKey _key;
    private readonly IReadOnlyList<string> _urls;
    private readonly IReadOnlyList<SafeFileHandle> _files;
    private readonly CancellationTokenSource _sending;
    private readonly CancellationTokenSource _waiting;
    private readonly CancellationTokenSource _broken = new();
    private readonly Task _following;
    private Exception? _error;

    /// <summary>Begins to follow.</summary>
    /// <param name="upload">How parts are sent.</param>
    /// <param name="key">The attempt and its fence.</param>
    /// <param name="urls">URLs of all files of the job, in order.</param>
    /// <param name="files">The files; they stay the caller's and open until this is disposed.</param>
    /// <param name="cancel">Ends it at once.</param>
    internal GrowingUpload(OutputUpload upload, AttemptKey key, IReadOnlyList<string> urls, IReadOnlyList<SafeFileHandle> files, CancellationToken cancel)
    {
        (_upload, _key, _urls, _files) = (upload, key, urls, files);
        Growth = new OutputGrowth(files.Count, [.. urls.Index().Where(url => UploadUrl.Is(url.Item)).Select(url => url.Index)], upload.Limits.AheadBytes);
        _sending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _waiting = CancellationTokenSource.CreateLinkedTokenSource(_sending.Token);
        Broken = _broken.Token;
        _following = Task.Run(FollowAsync, CancellationToken.None);
    }

    /// <summary>What the cell and this tell each other.</summary>
    internal OutputGrowth Growth { get; }

    /// <summary>Signalled when it cannot go on: there is no use in encoding any more.</summary>
    internal CancellationToken Broken { get; }

    /// <summary>Throws what broke it.</summary>
    internal void ThrowIfBroken()
    {
        if (_error is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Follows no further. A part that is under way is sent to its end.</summary>
    /// <exception cref="AttemptException">It broke.</exception>
    internal async Task EndAsync()
    {
        await _waiting.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        ThrowIfBroken();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sending.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        _waiting.Dispose();
        _sending.Dispose();
        _broken.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                int file = await Growth.UntilHasAsync(_upload.Limits.LeastPartBytes, _waiting.Token).ConfigureAwait(false);
                long from = Growth.TakenOf(file);
                long until = Math.Min(Growth.FinalOf(file), from + _upload.Limits.MostPartBytes);
                Growth.Take(file, await _upload.SendPartAsync(_urls[file], _key, _files[file], from, until, _sending.Token).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException) when (_waiting.IsCancellationRequested)
        {
            // The end, or the attempt is stopped.
        }
#pragma warning disable CA1031 // Nobody awaits this while the encode runs; whatever it was, the attempt hears of it by the token and rethrows it.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            _error = cause;
            await _broken.CancelAsync().ConfigureAwait(false);
        }
    }
}
