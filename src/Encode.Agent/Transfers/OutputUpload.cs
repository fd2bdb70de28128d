using System.Globalization;
using System.Net.Http.Headers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

/// <summary>Hands a checked file to the master, which keeps it aside under job, attempt and token until it accepts the result.</summary>
internal sealed class OutputUpload(HttpClient http, TransferLimits limits, TimeProvider clock)
{
    private const int BufferBytes = 256 << 10;

    /// <summary>Sends a file; what may pass is tried again, until <paramref name="cancel"/> says that the lease is gone or the tries are used up.</summary>
    /// <exception cref="AttemptException">The master refuses for good, or it never works.</exception>
    internal async Task StageAsync(string url, AttemptKey key, SafeFileHandle file, long bytes, CancellationToken cancel)
    {
        string path = $"{UploadUrl.ToPath(url)}?job={Uri.EscapeDataString(key.JobId)}&attempt={key.Attempt.ToString(CultureInfo.InvariantCulture)}";
        TimeSpan pause = limits.FirstPause;
        for (int tries = 1; ; tries++, pause = pause * 2 < limits.MaxPause ? pause * 2 : limits.MaxPause)
        {
            try
            {
                await SendAsync(path, url, key, file, bytes, cancel).ConfigureAwait(false);
                return;
            }
            catch (HttpRequestException cause) when (tries >= limits.MaxDeliveries)
            {
                string why = (cause.InnerException ?? cause).Message.TrimEnd('.');
                throw new AttemptException(ErrorClass.Network, $"deliver {url}: {why}, {tries} times; check the master's log, its disk and the network", cause);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(string path, string url, AttemptKey key, SafeFileHandle file, long bytes, CancellationToken cancel)
    {
        // The stream would close the output's handle; this one only borrows its number.
        using SafeFileHandle borrowed = new(file.DangerousGetHandle(), ownsHandle: false);
        using FileStream stream = new(borrowed, FileAccess.Read, bufferSize: 0);
        stream.Position = 0;
        using HttpRequestMessage request = new(HttpMethod.Put, path) { Content = new StreamContent(stream, BufferBytes) };
        request.Headers.Add("Encode-Lease", key.Token);

        // A master that has no room answers at once and hangs up. Without waiting for its word the body would be under way, the break of
        // the connection would hide the answer, and the output be sent again and again.
        request.Headers.ExpectContinue = true;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentLength = bytes;
        using HttpResponseMessage response = await http.SendAsync(request, cancel).ConfigureAwait(false);
        int status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        string detail = ProblemText.Of(await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false)) ?? "no reason given";
        throw status switch
        {
            507 => new AttemptException(ErrorClass.Resource, $"deliver {url}: the master has no room ({detail})"),
            // 401: the node registers anew in the meantime. 423: the master has not yet noticed that the request before was cut.
            401 or 408 or 423 or 429 or >= 500 => new HttpRequestException(detail),
            _ => new AttemptException(ErrorClass.Network, $"deliver {url}: the master answered {status} ({detail})"),
        };
    }
}
