using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FFmpeg.AutoGen;

/// <summary>
/// A string on its way into C for the length of one call: UTF-8 with a zero at the end, on the caller's stack when it fits and else in native
/// memory. Null stays null.
/// </summary>
internal unsafe ref struct Utf8Text
{
    /// <summary>What a caller sets aside on its stack, in bytes: option names and values fit, a long file name or filter graph does not need to.</summary>
    internal const int StackBytes = 256;

    private byte* _rented;

    /// <param name="text">The string, or null.</param>
    /// <param name="stack">Memory on the caller's stack: it must not move while the call lasts.</param>
    internal Utf8Text(string text, Span<byte> stack)
    {
        if (text is null)
        {
            return;
        }
        var bytes = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        if (bytes > stack.Length)
        {
            bytes = Encoding.UTF8.GetByteCount(text) + 1;
        }
        if (bytes > stack.Length)
        {
            _rented = (byte*)NativeMemory.Alloc((nuint)bytes);
            stack = new Span<byte>(_rented, bytes);
        }
        stack[Encoding.UTF8.GetBytes(text, stack)] = 0;
        Pointer = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(stack));
    }

    /// <summary>The text as C reads it. Valid until <see cref="Dispose"/>.</summary>
    internal byte* Pointer { get; }

    public void Dispose()
    {
        NativeMemory.Free(_rented);
        _rented = null;
    }
}
