using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>What a <see cref="Scaler"/> makes of pictures.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in lines.</param>
/// <param name="Format">Pixel format.</param>
/// <param name="Matrix">Matrix of the result; of no meaning for RGB.</param>
/// <param name="Range">Range of the result; RGB is always full.</param>
internal readonly record struct ScaleTarget(int Width, int Height, AVPixelFormat Format, AVColorSpace Matrix, AVColorRange Range);
