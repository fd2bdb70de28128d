using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json.Serialization.Metadata;

namespace Encode.Master.Api;

/// <summary>Reads and writes whole bodies.</summary>
internal static class Bodies
{
    /// <summary>Reads a body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">How long it may be.</param>
    /// <exception cref="ApiException">413: it is longer.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int maxBytes = HttpLimits.BodyBytes)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(maxBytes);
            }

            if (read.IsCompleted)
            {
                byte[] body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>
    /// Reads the rest of a refused body, within bounds. A server that closes while its peer still sends makes the peer's system throw
    /// away the answer that it has received already.
    /// </summary>
    public static async Task DrainAsync(HttpContext context)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(HttpLimits.DrainTime);
        try
        {
            PipeReader reader = context.Request.BodyReader;
            long drained = 0;
            for (bool more = true; more && drained < HttpLimits.DrainBytes;)
            {
                ReadResult read = await reader.ReadAsync(limit.Token);
                drained += read.Buffer.Length;
                more = !read.IsCompleted;
                reader.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The peer is gone, too slow, or sends too much: it has had its chance.
        }
    }

    private static ApiException TooLarge(int maxBytes) => new(StatusCodes.Status413PayloadTooLarge,
        $"the body is too large: this route takes at most {maxBytes} bytes; media goes to PUT /files/NAME");

    /// <summary>Answers with JSON.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
    }
}
