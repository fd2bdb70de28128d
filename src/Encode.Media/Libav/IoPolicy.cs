using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>Keeps format contexts from opening anything by themselves: no path, no URL, no external reference.</summary>
internal static unsafe class IoPolicy
{
    /// <summary>Gives a context an <c>io_open</c> that refuses everything.</summary>
    public static void RefuseAll(AVFormatContext* context)
    {
        context->io_open = new AVFormatContext_io_open_func
        {
            Pointer = (nint)(delegate* unmanaged[Cdecl]<AVFormatContext*, AVIOContext**, byte*, int, AVDictionary**, int>)&Refuse,
        };
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Refuse(AVFormatContext* context, AVIOContext** opened, byte* url, int flags, AVDictionary** options)
    {
        *opened = null;
        return LibavError.Refused;
    }
}
