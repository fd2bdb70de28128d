using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>What of a picture's colours a conversion has to know.</summary>
/// <param name="Matrix">Matrix; of no meaning for RGB. One that swscale does not know is taken to be that of the other side.</param>
/// <param name="Range">Range; RGB is always full.</param>
/// <param name="Chroma">Where chroma lies; unspecified is the middle, as the filter <c>scale</c> has it.</param>
internal readonly record struct SampleMeaning(AVColorSpace Matrix, AVColorRange Range, AVChromaLocation Chroma);
