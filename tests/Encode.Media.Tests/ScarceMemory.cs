using System.Runtime.InteropServices;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Makes every allocation of libav's above a size fail, until it is disposed of.</summary>
internal sealed unsafe class ScarceMemory : IDisposable
{
    // av_max_alloc is no function that the product calls, so the bindings have it not.
    private static readonly delegate* unmanaged[Cdecl]<nuint, void> MaxAlloc = (delegate* unmanaged[Cdecl]<nuint, void>)NativeLibrary.GetExport(
        NativeLibrary.Load(RepositoryRoot.Combine("artifacts", "native", "lib", "shared", "libavutil.so.59")), "av_max_alloc");

    public ScarceMemory(int bytes) => MaxAlloc((nuint)bytes);

    public void Dispose() => MaxAlloc(int.MaxValue);
}
