namespace Encode.Bench.Matrix;

/// <summary>Finds a place beside each point for its label, where nothing else is; a label without one is left to the point's tooltip.</summary>
internal sealed class LabelPlaces
{
    public const double FontSize = 11;

    /// <summary>Width of a letter, as a part of the font's size, on average.</summary>
    private const double LetterWidth = 0.56;

    private const double PointRadius = 5;
    private const double Gap = 8;

    private readonly List<(double Left, double Top, double Right, double Bottom)> _taken = [];

    /// <summary>Keeps a point free of labels.</summary>
    public void Block(double x, double y) => _taken.Add((x - PointRadius, y - PointRadius, x + PointRadius, y + PointRadius));

    /// <summary>A place for a label: right of its point, left, above or below; null where all are taken.</summary>
    public (double X, double Y, string Anchor)? Find(double x, double y, string label)
    {
        double width = label.Length * FontSize * LetterWidth;
        (double X, double Y, string Anchor, double Left)[] places =
        [
            (x + Gap, y + 4, "start", x + Gap),
            (x - Gap, y + 4, "end", x - Gap - width),
            (x, y - Gap, "middle", x - (width / 2)),
            (x, y + Gap + FontSize, "middle", x - (width / 2)),
            (x + Gap, y - Gap, "start", x + Gap),
            (x - Gap, y + Gap + FontSize, "end", x - Gap - width),
        ];
        foreach ((double left, double baseline, string anchor, double boxLeft) in places)
        {
            (double Left, double Top, double Right, double Bottom) box = (boxLeft, baseline - FontSize, boxLeft + width, baseline + 2);
            if (box.Left > PlotScale.Left && box.Right < PlotScale.Right && box.Top > PlotScale.Top && box.Bottom < PlotScale.Bottom && !_taken.Any(taken => Overlap(taken, box)))
            {
                _taken.Add(box);
                return (left, baseline, anchor);
            }
        }

        return null;
    }

    private static bool Overlap((double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) =>
        a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
