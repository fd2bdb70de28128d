using System.IO.Pipelines;
using Encode.Master.Files;
using Encode.Master.Store;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace Encode.Master.Api.Routes;

/// <summary>Sends finished files: whole, in part, or only their headers (RFC 9110, 13 and 14).</summary>
internal static class Download
{
    /// <summary>Sends a file as the request asks for it.</summary>
    public static async Task SendAsync(HttpContext context, ContentFolder folder, FileRow row, string name)
    {
        // Opened before any header is set: what cannot be opened is answered by a problem, which has other ones.
        using SafeFileHandle? file = HttpMethods.IsHead(context.Request.Method) ? null : Open(folder, row, name);
        HttpResponse response = context.Response;
        SetHeaders(response, row);
        if (MatchesAny(context.Request.Headers.IfNoneMatch.ToString(), TagOf(row)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        switch (ByteRange.Parse(RangeHeader(context, row), row.Bytes, out ByteRange range))
        {
            case RangeAnswer.Unsatisfiable:
                response.Headers.ContentRange = $"bytes */{row.Bytes}";
                throw new ApiException(StatusCodes.Status416RangeNotSatisfiable, $"read file '{name}': it has {row.Bytes} bytes, and the range lies outside");
            case RangeAnswer.Partial:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = $"bytes {range.Start}-{range.End}/{row.Bytes}";
                break;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = range.Length;
        if (file is not null)
        {
            await CopyAsync(file, name, range, response.BodyWriter, context.RequestAborted);
        }
    }

    /// <summary>Answers an upload that is finished.</summary>
    public static Task AnswerStoredAsync(HttpContext context, int status, FileRow row, string name)
    {
        SetHeaders(context.Response, row);
        context.Response.Headers.Location = $"/files/{name}";
        return Bodies.WriteAsync(context, status, FileView.Of(row, name), ApiJson.Wire.FileView);
    }

    private static async Task CopyAsync(SafeFileHandle file, string name, ByteRange range, PipeWriter body, CancellationToken cancel)
    {
        long position = range.Start;
        while (position <= range.End)
        {
            Memory<byte> memory = body.GetMemory(FileLimits.ReadBytes);
            int wanted = (int)Math.Min(memory.Length, range.End + 1 - position);
            int count = await RandomAccess.ReadAsync(file, memory[..wanted], position, cancel);
            if (count == 0)
            {
                throw new IOException($"read file '{name}': its content is shorter than its row says");
            }

            body.Advance(count);
            position += count;
            FlushResult flushed = await body.FlushAsync(cancel);
            if (flushed.IsCompleted)
            {
                return;
            }
        }
    }

    private static SafeFileHandle Open(ContentFolder folder, FileRow row, string name)
    {
        try
        {
            return folder.OpenRead(row.ContentId);
        }
        catch (FileNotFoundException)
        {
            // Deleted between the look-up and now.
            throw new ApiException(StatusCodes.Status404NotFound, $"there is no finished file '{name}'");
        }
    }

    private static void SetHeaders(HttpResponse response, FileRow row)
    {
        response.Headers.ETag = TagOf(row);
        response.Headers.AcceptRanges = "bytes";
        response.Headers["Repr-Digest"] = UploadHeaders.Digest(row.Sha256!);
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.LastModified = HeaderUtilities.FormatDate(row.CreatedAt);
    }

    // A range counts only for the version that the client has seen.
    private static string? RangeHeader(HttpContext context, FileRow row)
    {
        string condition = context.Request.Headers.IfRange.ToString();
        return condition.Length == 0 || condition == TagOf(row) || condition == HeaderUtilities.FormatDate(row.CreatedAt)
            ? context.Request.Headers.Range.ToString()
            : null;
    }

    private static bool MatchesAny(string header, string tag) =>
        header == "*" || header.Split(',', StringSplitOptions.TrimEntries).Any(one => one == tag || one == "W/" + tag);

    private static string TagOf(FileRow row) => $"\"{row.Sha256}\"";
}
