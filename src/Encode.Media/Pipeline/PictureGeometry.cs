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
    /// <summary>Smallest side of a 4:2:0 picture.</summary>
    private const int MinSide = 2;

    /// <summary>Places a picture.</summary>
    /// <param name="form">Its coded size and pixel aspect, before turning.</param>
    /// <param name="swapsSides">Whether the orientation swaps width and height.</param>
    /// <param name="video">The box and how it is filled; a picture of the other orientation turns the box.</param>
    public static PictureGeometry Place(PictureForm form, bool swapsSides, VideoSettings video)
    {
        (double width, double height) = SeenSize(form, swapsSides);
        bool turned = width < height != video.BoxWidth < video.BoxHeight && width != height;
        return PlaceUpright(form, swapsSides, turned ? video with { BoxWidth = video.BoxHeight, BoxHeight = video.BoxWidth } : video);
    }

    /// <summary>Places a picture in a box that does not turn, as one that is already being filled.</summary>
    public static PictureGeometry PlaceUpright(PictureForm form, bool swapsSides, VideoSettings video)
    {
        (double width, double height) = SeenSize(form, swapsSides);
        double inside = Math.Min(video.BoxWidth / width, video.BoxHeight / height);
        double over = Math.Max(video.BoxWidth / width, video.BoxHeight / height);
        double factor = video.Fit == Fit.Crop ? over : inside;
        if (!video.Upscale)
        {
            factor = Math.Min(factor, 1);
        }

        int boxWidth = Math.Max(MinSide, video.BoxWidth & ~1);
        int boxHeight = Math.Max(MinSide, video.BoxHeight & ~1);
        int scaledWidth = Even(width * factor);
        int scaledHeight = Even(height * factor);
        int insideWidth = Math.Min(scaledWidth, boxWidth);
        int insideHeight = Math.Min(scaledHeight, boxHeight);
        return video.Fit switch
        {
            Fit.Pad => new(boxWidth, boxHeight, insideWidth, insideHeight),
            Fit.Crop => new(insideWidth, insideHeight, scaledWidth, scaledHeight),
            _ => new(insideWidth, insideHeight, insideWidth, insideHeight),
        };
    }

    /// <summary>The same with an output of at least this size, which the picture then does not fill; both sides are even.</summary>
    public PictureGeometry AtLeast(int width, int height) => this with { Width = Math.Max(Width, width), Height = Math.Max(Height, height) };

    /// <summary>The shape that a viewer sees, in square pixels.</summary>
    private static (double Width, double Height) SeenSize(PictureForm form, bool swapsSides)
    {
        double width = (double)form.Width * form.AspectNumerator / form.AspectDenominator;
        return swapsSides ? (form.Height, width) : (width, form.Height);
    }

    private static int Even(double side) => Math.Max(MinSide, (int)Math.Round(side / 2, MidpointRounding.AwayFromZero) * 2);
}
