namespace FFmpeg.AutoGen;

/// <summary>The functions that libav defines in its headers, written out in C#: there is no symbol to call.</summary>
public static unsafe partial class ffmpeg
{
    /// <summary>A rational from its two parts, not reduced.</summary>
    public static AVRational av_make_q(int num, int den) => new() { num = num, den = den };

    /// <summary>The rational as a double.</summary>
    public static double av_q2d(AVRational a) => a.num / (double)a.den;

    /// <summary>One over the rational.</summary>
    public static AVRational av_inv_q(AVRational q) => new() { num = q.den, den = q.num };

    /// <summary>Returns 0, 1 or -1 as a is equal to, above or below b, and <see cref="int.MinValue"/> when one of them is 0/0.</summary>
    public static int av_cmp_q(AVRational a, AVRational b)
    {
        var difference = a.num * (long)b.den - b.num * (long)a.den;
        if (difference != 0)
        {
            // A negative denominator turns the comparison round.
            return (int)((difference ^ a.den ^ b.den) >> 63) | 1;
        }
        if (b.den != 0 && a.den != 0)
        {
            return 0;
        }
        return a.num != 0 && b.num != 0 ? (a.num >> 31) - (b.num >> 31) : int.MinValue;
    }

    /// <summary>Writes the text of an error code into the buffer, and returns the buffer.</summary>
    public static byte* av_make_error_string(byte* errbuf, ulong errbuf_size, int errnum)
    {
        _ = av_strerror(errnum, errbuf, errbuf_size);
        return errbuf;
    }

    /// <summary>The position in the stream, in bytes, or a negative error code.</summary>
    public static long avio_tell(AVIOContext* s) => avio_seek(s, 0, 1);
}
