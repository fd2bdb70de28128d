using System.Text;
using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// Turns libav's negative ints into <see cref="MediaException"/>. An int lives one line: the call, and <c>ThrowIfError("open encoder libx264", …)</c>.
/// Codes that say which resource ran out decide the class themselves; for all others the caller knows whose fault it is.
/// </summary>
internal static unsafe class LibavError
{
    // errno values of Linux that libav hands on negated.
    private const int NotPermitted = 1;
    private const int InputOutput = 5;
    private const int TooManyFiles = 24;
    private const int FileTooBig = 27;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether an <see cref="IOException"/> says that there is no room; of a refusal of the kernel its HResult is the errno.</summary>
    public static bool IsFull(IOException error) => error.HResult is NoSpace or QuotaExceeded;

    /// <summary>What a callback of ours returns when a managed exception was parked.</summary>
    public static readonly int Parked = ffmpeg.AVERROR(InputOutput);

    /// <summary>What our refusing <c>io_open</c> returns.</summary>
    public static readonly int Refused = ffmpeg.AVERROR(NotPermitted);

    /// <summary>More input is needed, or output has to be taken first.</summary>
    public static readonly int Again = ffmpeg.AVERROR(ffmpeg.EAGAIN);

    /// <summary>Throws when the code is negative, else hands it on.</summary>
    /// <param name="code">What libav returned.</param>
    /// <param name="operation">Operation and object, such as <c>open encoder libx264</c>.</param>
    /// <param name="errorClass">Whose fault it is unless the code itself tells.</param>
    /// <param name="hint">What to do about it, after a semicolon.</param>
    public static int ThrowIfError(this int code, string operation, ErrorClass errorClass = ErrorClass.Platform, string? hint = null)
    {
        if (code >= 0)
        {
            return code;
        }

        throw Create(code, operation, errorClass, hint);
    }

    /// <summary>The same for a position in a file.</summary>
    public static long ThrowIfNegative(this long position, string operation) => position >= 0 ? position : throw Create((int)position, operation, ErrorClass.Platform, null);

    /// <summary>The exception that stands for a code.</summary>
    public static MediaException Create(int code, string operation, ErrorClass errorClass, string? hint = null)
    {
        (ErrorClass actual, string? ownHint) = (-code) switch
        {
            NoSpace => (ErrorClass.Resource, "free some space on the disk"),
            QuotaExceeded => (ErrorClass.Resource, "free some space within the quota"),
            FileTooBig => (ErrorClass.Resource, "raise the file size limit"),
            TooManyFiles => (ErrorClass.Resource, "raise the limit of open files"),
            12 => (ErrorClass.Resource, "free some memory or lower --slots"),
            _ => (errorClass, hint),
        };
        string tail = ownHint is null ? string.Empty : $"; {ownHint}";
        return new MediaException(actual, $"{operation}: {Describe(code)}{tail}") { NativeCode = code };
    }

    /// <summary>libav's own words for a code, in lower case at the start.</summary>
    public static string Describe(int code)
    {
        const int MaxText = 128;
        byte* text = stackalloc byte[MaxText];
        if (ffmpeg.av_strerror(code, text, MaxText) < 0)
        {
            return $"error {code}";
        }

        string words = Text(text);
        return words.Length > 1 && char.IsUpper(words[0]) && char.IsLower(words[1]) ? char.ToLowerInvariant(words[0]) + words[1..] : words;
    }

    /// <summary>A zero-ended UTF-8 string of libav's; empty for null.</summary>
    public static string Text(byte* text)
    {
        if (text is null)
        {
            return string.Empty;
        }

        int length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return Encoding.UTF8.GetString(text, length);
    }
}
