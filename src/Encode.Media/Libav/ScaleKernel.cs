namespace Encode.Media.Libav;

/// <summary>How neighbouring samples are weighed when a picture is scaled.</summary>
internal enum ScaleKernel
{
    /// <summary>The usual one: swscale's default.</summary>
    Bicubic,

    /// <summary>Bicubic with 0.7 in the place of swscale's 0.6 as its second parameter: a little sharper.</summary>
    SharpBicubic,

    /// <summary>A longer one that keeps more of the fine detail.</summary>
    Lanczos,
}
