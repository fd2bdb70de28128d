using System.Runtime.InteropServices;

namespace Encode.Media.Libav;

/// <summary>A long-lived native object that is freed once, whatever happens; it counts in <see cref="NativeObjects"/> while it is open.</summary>
internal abstract class NativeContext : SafeHandle
{
    protected NativeContext()
        : base(nint.Zero, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>Takes the pointer over.</summary>
    protected void Adopt(nint pointer)
    {
        SetHandle(pointer);
        NativeObjects.Opened();
    }

    /// <summary>Frees the object; called once.</summary>
    protected abstract void Free();

    protected sealed override bool ReleaseHandle()
    {
        Free();
        NativeObjects.Closed();
        return true;
    }
}
