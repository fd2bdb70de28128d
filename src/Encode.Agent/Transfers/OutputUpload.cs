using System.Globalization;
using System.Net;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

// A file goes to the master by PUTs that name their stretch of it, as any resumable upload does:
//
//     bytes A-B/*     a part of a file that still grows         ──► 202, Upload-Offset B + 1
//     bytes A-B/T     the rest, with the whole file's SHA-256   ──► 201, and the file is staged
//     bytes */T       nothing is left to send but the hash      ──► 201; 202 and an Upload-Offset below T when the master has lost some
//     no range        a file of which nothing is there yet      ──► 201
//
// A part that does not begin where the master stands is answered 409 with the place where it does, and the upload goes on from there: the
// answer to a part was lost, or the master lost the part. Where the node does not hold the attempt any more there is no such place.

/// <summary>Hands files to the master, which keeps them aside under job, attempt and token until it accepts the result.</summary>
internal sealed class OutputUpload(HttpClient http, TransferLimits limits, TimeProvider clock)
{
    private const string OffsetHeader = "Upload-Offset";

    /// <summary>The bounds that it keeps.</summary>
    internal TransferLimits Limits => limits;

    /// <summary>Sends a checked file, or what is not there of it yet; what may pass is tried again, until <paramref name="cancel"/> says that the lease is gone or the tries are used up.</summary>
    /// <param name="url">Its <c>upload:</c> URL.</param>
    /// <param name="key">The attempt and its fence.</param>
    /// <param name="file">The file.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="sha256">Its hash, which the master compares.</param>
    /// <param name="from">How much of it the master has.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AttemptException">The master refuses for good, or it never works.</exception>
    internal async Task StageAsync(string url, AttemptKey key, SafeFileHandle file, long bytes, string sha256, long from, CancellationToken cancel)
    {
        Stretch stretch = new(url, key, file, from, bytes, bytes, sha256);
        for (int moves = 0; await DeliverAsync(stretch, cancel).ConfigureAwait(false) is (false, var offset); moves++)
        {
            stretch = Moved(stretch, offset, moves);
        }
    }

    /// <summary>Sends a part of a file that still grows.</summary>
    /// <returns>How much of the file the master has now: the end of the part, unless it had less than was thought.</returns>
    /// <inheritdoc cref="StageAsync"/>
    internal async Task<long> SendPartAsync(string url, AttemptKey key, SafeFileHandle file, long from, long until, CancellationToken cancel)
    {
        Stretch stretch = new(url, key, file, from, until, null, null);
        (_, long offset) = await DeliverAsync(stretch, cancel).ConfigureAwait(false);
        return Moved(stretch, offset, 0).From;
    }

    private Stretch Moved(Stretch stretch, long offset, int moves) => offset > stretch.Until || moves >= limits.MaxDeliveries
        ? throw new AttemptException(ErrorClass.Network, $"deliver {stretch.Url}: the master says that it has {offset} bytes of it, and {stretch.Until} were sent; check the master's disk")
        : stretch with { From = offset };

    private async Task<(bool Done, long Offset)> DeliverAsync(Stretch stretch, CancellationToken cancel)
    {
        TimeSpan pause = limits.FirstPause;
        for (int tries = 1; ; tries++, pause = pause * 2 < limits.MaxPause ? pause * 2 : limits.MaxPause)
        {
            try
            {
                return await SendAsync(stretch, cancel).ConfigureAwait(false);
            }
            catch (HttpRequestException cause) when (tries >= limits.MaxDeliveries)
            {
                string why = (cause.InnerException ?? cause).Message.TrimEnd('.');
                throw new AttemptException(ErrorClass.Network, $"deliver {stretch.Url}: {why}, {tries} times; check the master's log, its disk and the network", cause);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<(bool Done, long Offset)> SendAsync(Stretch stretch, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, stretch.Path);
        request.Content = new FilePartContent(stretch.File, stretch.From, stretch.Until, limits.PipeBytes);
        request.Headers.Add("Encode-Lease", stretch.Key.Token);
        if (stretch.Range is { } range)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        }

        // A master that has no room answers at once and hangs up. Without waiting for its word the body would be under way, the break of
        // the connection would hide the answer, and the output be sent again and again.
        request.Headers.ExpectContinue = stretch.Until > stretch.From;
        using HttpResponseMessage response = await http.SendAsync(request, cancel).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return stretch.Total is not null && response.StatusCode == HttpStatusCode.Accepted && OffsetOf(response) is { } kept ? (false, kept) : (true, stretch.Until);
        }

        if (response.StatusCode == HttpStatusCode.Conflict && OffsetOf(response) is { } offset)
        {
            return (false, offset);
        }

        string detail = ProblemText.Of(await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false)) ?? "no reason given";
        int status = (int)response.StatusCode;
        throw status switch
        {
            507 => new AttemptException(ErrorClass.Resource, $"deliver {stretch.Url}: the master has no room ({detail})"),
            // 401: the node registers anew in the meantime. 423: the master has not yet noticed that the request before was cut.
            401 or 408 or 423 or 429 or >= 500 => new HttpRequestException(detail),
            _ => new AttemptException(ErrorClass.Network, $"deliver {stretch.Url}: the master answered {status} ({detail})"),
        };
    }

    private static long? OffsetOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(OffsetHeader, out IEnumerable<string>? values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset : null;

    /// <summary>What one request sends of a file.</summary>
    private sealed record Stretch(string Url, AttemptKey Key, SafeFileHandle File, long From, long Until, long? Total, string? Sha256)
    {
        public string Path { get; } = string.Create(
            CultureInfo.InvariantCulture, $"{UploadUrl.ToPath(Url)}?job={Uri.EscapeDataString(Key.JobId)}&attempt={Key.Attempt}{(Sha256 is null ? "" : "&sha256=" + Sha256)}");

        public string? Range => (From, Total) switch
        {
            (0, not null) => null,
            _ when From == Until => string.Create(CultureInfo.InvariantCulture, $"bytes */{Total}"),
            (_, null) => string.Create(CultureInfo.InvariantCulture, $"bytes {From}-{Until - 1}/*"),
            _ => string.Create(CultureInfo.InvariantCulture, $"bytes {From}-{Until - 1}/{Total}"),
        };
    }
}
