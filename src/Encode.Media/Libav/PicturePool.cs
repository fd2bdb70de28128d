using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// Pictures of one decoder or scaler, made by the C shim (its encode_pool.c has the mechanism): nothing managed runs where a decoder's threads
/// ask for one. Pictures may outlive their pool.
/// </summary>
internal sealed unsafe class PicturePool : NativeContext
{
    /// <summary>An empty pool.</summary>
    /// <exception cref="MediaException">No memory (class resource).</exception>
    public PicturePool()
    {
        nint pool = Shim.encode_shim_pool_new();
        if (pool == 0)
        {
            throw new MediaException(ErrorClass.Resource, "open a picture pool: no memory; free some memory or lower --slots");
        }

        Adopt(pool);
    }

    /// <summary>Whether this could ever not give a picture, for the limit or for want of memory.</summary>
    public bool WasRefused => Shim.encode_shim_pool_refused(handle) != 0;

    /// <summary>Lets a decoder that is not open yet take its pictures from here. This must outlive it.</summary>
    public void Attach(AVCodecContext* context) => Shim.encode_shim_pool_attach(handle, context);

    /// <summary>Gives a frame whose width, height and format are set a picture.</summary>
    /// <exception cref="MediaException">The limit or the memory is reached (class resource).</exception>
    public void Get(AVFrame* frame, string operation)
    {
        int code = Shim.encode_shim_pool_get(handle, frame);
        if (code < 0 && WasRefused)
        {
            throw PictureMemory.Exceeded(operation);
        }

        code.ThrowIfError(operation);
    }

    protected override void Free() => Shim.encode_shim_pool_free(handle);
}
