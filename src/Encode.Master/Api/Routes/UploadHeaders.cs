using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Master.Files;

namespace Encode.Master.Api.Routes;

/// <summary>What uploads say in headers, both ways.</summary>
internal static class UploadHeaders
{
    private const string DigestPrefix = "sha-256=:";
    private const int Sha256Bytes = 32;

    /// <summary>Reads where in the file a body belongs and what the whole file hashes to.</summary>
    /// <exception cref="ApiException">A header or the body's length cannot be right.</exception>
    public static (ContentRange? Range, string? Sha256) Read(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "send the file as it is, without Content-Encoding");
        }

        if (request.ContentLength > FileLimits.MaxFileBytes)
        {
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"a file has at most {FileLimits.MaxFileBytes} bytes");
        }

        return (ReadRange(request), ReadSha256(request));
    }

    /// <summary>Says how much of an upload is here.</summary>
    public static void SetOffset(HttpContext context, long received)
    {
        context.Response.Headers["Upload-Offset"] = received.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["Upload-Complete"] = "?0";
    }

    /// <summary>Answers a part that was not the last one, or a question.</summary>
    public static Task AnswerOffsetAsync(HttpContext context, string name, long received, long? total)
    {
        SetOffset(context, received);
        return Bodies.WriteAsync(context, StatusCodes.Status202Accepted, new UploadView(name, received, total), ApiJson.Wire.UploadView);
    }

    /// <summary>A hash as <c>Repr-Digest</c> writes it (RFC 9530).</summary>
    public static string Digest(string sha256) => $"{DigestPrefix}{Convert.ToBase64String(Convert.FromHexString(sha256))}:";

    private static ContentRange? ReadRange(HttpRequest request)
    {
        string header = request.Headers.ContentRange.ToString();
        if (header.Length == 0)
        {
            return null;
        }

        if (!ContentRange.TryParse(header, out ContentRange? range) || range.Total > FileLimits.MaxFileBytes)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"the header cannot be used: {ContentRange.Rule}, at most {FileLimits.MaxFileBytes}");
        }

        long expected = range.Start is null ? 0 : range.End - range.Start.Value + 1;
        return request.ContentLength is { } length && length != expected
            ? throw new ApiException(StatusCodes.Status400BadRequest, $"Content-Range announces {expected} bytes, Content-Length {length}")
            : range;
    }

    private static string? ReadSha256(HttpRequest request)
    {
        string hex = request.Query["sha256"].ToString();
        if (hex.Length > 0)
        {
            return hex.Length == 2 * Sha256Bytes && hex.All(char.IsAsciiHexDigit)
                ? hex.ToLowerInvariant()
                : throw new ApiException(StatusCodes.Status400BadRequest, "sha256 has 64 hexadecimal digits", [new JobProblem("sha256", "64 hexadecimal digits")]);
        }

        string header = request.Headers["Repr-Digest"].ToString();
        if (!header.StartsWith(DigestPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        byte[] hash = new byte[Sha256Bytes];
        string text = header[DigestPrefix.Length..].TrimEnd(':');
        return Convert.TryFromBase64String(text, hash, out int count) && count == Sha256Bytes
            ? Convert.ToHexStringLower(hash)
            : throw new ApiException(StatusCodes.Status400BadRequest, "Repr-Digest is written sha-256=:BASE64: (RFC 9530)");
    }
}
