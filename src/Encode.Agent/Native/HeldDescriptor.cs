using System.Runtime.InteropServices;

namespace Encode.Agent.Native;

/// <summary>
/// Keeps a descriptor open for the length of a call. Without it another thread may close the handle in between, and its number be
/// given to the next file or socket that is opened: the call would then speak to a stranger.
/// </summary>
internal readonly ref struct HeldDescriptor : IDisposable
{
    private readonly SafeHandle _handle;

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal HeldDescriptor(SafeHandle handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
    }

    /// <summary>The descriptor's number, valid until this is disposed.</summary>
    internal int Number => (int)_handle.DangerousGetHandle();

    /// <inheritdoc/>
    public void Dispose() => _handle.DangerousRelease();
}
