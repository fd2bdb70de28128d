using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>
/// Where a picture goes in a scenario's box. The shape that counts is the one a viewer sees: coded size, squared by its pixels' aspect,
/// turned by its orientation. The output has square pixels and even sides; a portrait picture turns the box.
/// </summary>
/// <param name="Width">Width of the output.</param>
/// <param name="Height">Height of the output.</param>
/// <param name="ScaledWidth">Width the whole upright picture is scaled to.</param>
/// <param name="ScaledHeight">Height the whole upright picture is scaled to.</param>
internal readonly record struct PictureGeometry(int Width, int Height, int ScaledWidth, int ScaledHeight)
{
    /// <summary>Smallest side that every encoder takes.</summary>
    private const int MinSide = 16;

    /// <summary>Places a picture.</summary>
    /// <param name="codedWidth">Width as coded, before turning.</param>
    /// <param name="codedHeight">Height as coded, before turning.</param>
    /// <param name="pixelAspect">Width of a pixel over its height; 1 when unknown.</param>
    /// <param name="swapsSides">Whether the orientation swaps width and height.</param>
    /// <param name="video">The box and how it is filled.</param>
    public static PictureGeometry Place(int codedWidth, int codedHeight, Rational pixelAspect, bool swapsSides, VideoSettings video)
    {
        double width = codedWidth * pixelAspect.Value;
        double height = codedHeight;
        if (swapsSides)
        {
            (width, height) = (height, width);
        }

        bool turned = width < height != video.BoxWidth < video.BoxHeight && width != height;
        int boxWidth = turned ? video.BoxHeight : video.BoxWidth;
        int boxHeight = turned ? video.BoxWidth : video.BoxHeight;
        double inside = Math.Min(boxWidth / width, boxHeight / height);
        double over = Math.Max(boxWidth / width, boxHeight / height);
        double factor = video.Fit == Fit.Crop ? over : inside;
        if (!video.Upscale)
        {
            factor = Math.Min(factor, 1);
        }

        int scaledWidth = Even(width * factor);
        int scaledHeight = Even(height * factor);
        return video.Fit switch
        {
            Fit.Pad => new(Even(boxWidth), Even(boxHeight), Math.Min(scaledWidth, Even(boxWidth)), Math.Min(scaledHeight, Even(boxHeight))),
            Fit.Crop => new(Math.Min(scaledWidth, Even(boxWidth)), Math.Min(scaledHeight, Even(boxHeight)), scaledWidth, scaledHeight),
            _ => new(Math.Min(scaledWidth, Math.Max(MinSide, boxWidth & ~1)), Math.Min(scaledHeight, Math.Max(MinSide, boxHeight & ~1)), Math.Min(scaledWidth, Math.Max(MinSide, boxWidth & ~1)), Math.Min(scaledHeight, Math.Max(MinSide, boxHeight & ~1))),
        };
    }

    private static int Even(double side) => Math.Max(MinSide, (int)Math.Round(side / 2, MidpointRounding.AwayFromZero) * 2);
}
