namespace Encode.Media.Libav;

/// <summary>How neighbouring samples are weighed when a picture is scaled.</summary>
internal enum ScaleKernel
{
    /// <summary>The usual one: swscale's default.</summary>
    Bicubic,

    /// <summary>A longer one that keeps more of the fine detail.</summary>
    Lanczos,
}
