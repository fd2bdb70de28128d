using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>What a <see cref="Scaler"/> makes of pictures.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in lines.</param>
/// <param name="Format">Pixel format.</param>
/// <param name="From">What the source's samples mean.</param>
/// <param name="To">What those of the result mean.</param>
/// <param name="Kernel">How it is scaled.</param>
internal readonly record struct ScaleTarget(int Width, int Height, AVPixelFormat Format, SampleMeaning From, SampleMeaning To, ScaleKernel Kernel = ScaleKernel.Bicubic);
