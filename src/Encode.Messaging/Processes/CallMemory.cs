using System.Runtime.InteropServices;
using System.Text;

namespace Encode.Messaging.Processes;

/// <summary>Unmanaged memory for the length of one call: blocks, strings, and null-terminated arrays of strings.</summary>
internal sealed class CallMemory : IDisposable
{
    private readonly List<nint> _blocks = [];

    /// <summary>A zeroed block.</summary>
    public nint Block(int bytes)
    {
        nint block = Marshal.AllocHGlobal(bytes);
        _blocks.Add(block);
        Marshal.Copy(new byte[bytes], 0, block, bytes);
        return block;
    }

    /// <summary>UTF-8 with a closing zero.</summary>
    public nint Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        nint block = Block(bytes.Length + 1);
        Marshal.Copy(bytes, 0, block, bytes.Length);
        return block;
    }

    /// <summary>An array of strings as <c>argv</c> and <c>envp</c> want it.</summary>
    public nint Texts(IReadOnlyList<string> texts)
    {
        nint array = Block((texts.Count + 1) * nint.Size);
        for (int i = 0; i < texts.Count; i++)
        {
            Marshal.WriteIntPtr(array, i * nint.Size, Text(texts[i]));
        }

        return array;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            Marshal.FreeHGlobal(block);
        }
    }
}
