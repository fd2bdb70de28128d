namespace Encode.Bench.Matrix;

/// <summary>Where a figure lies in the plot, in pixels.</summary>
internal sealed class PlotScale
{
    public const double Width = 1000;
    public const double Height = 640;
    public const double Left = 80;
    public const double Right = 850;
    public const double Top = 70;
    public const double Bottom = 570;

    /// <summary>Ticks of the quality axis, at most about so many.</summary>
    private const int PsnrTickCount = 8;

    private static readonly double[] Steps = [1, 2, 5];

    private readonly double _minPsnr;
    private readonly double _maxPsnr;
    private readonly double _minFps;
    private readonly double _maxFps;

    private PlotScale(double minPsnr, double maxPsnr, double minFps, double maxFps)
    {
        double step = NiceStep((maxPsnr - minPsnr) / PsnrTickCount);
        _minPsnr = Math.Floor(minPsnr / step) * step;
        _maxPsnr = Math.Ceiling(maxPsnr / step) * step;
        PsnrTicks = [.. Enumerable.Range(0, (int)Math.Round((_maxPsnr - _minPsnr) / step) + 1).Select(i => _minPsnr + (i * step))];
        double[] decades = [.. Enumerable.Range(-3, 9).SelectMany(power => Steps.Select(unit => unit * Math.Pow(10, power)))];
        _minFps = decades.Last(tick => tick <= minFps || tick == decades[0]);
        _maxFps = decades.First(tick => tick >= maxFps || tick == decades[^1]);
        FpsTicks = [.. decades.Where(tick => tick >= _minFps && tick <= _maxFps)];
    }

    /// <summary>Values that get a line across, in frames a second.</summary>
    public IReadOnlyList<double> FpsTicks { get; }

    /// <summary>Values that get a line upwards, in dB.</summary>
    public IReadOnlyList<double> PsnrTicks { get; }

    /// <summary>A scale that holds all points and real time.</summary>
    public static PlotScale For(IReadOnlyList<MatrixPoint> points, int rate)
    {
        double[] psnr = [.. points.Select(point => point.Psnr!.Value)];
        double[] fps = [.. points.Select(point => point.Fps), rate];
        double middle = psnr.Length > 0 ? (psnr.Min() + psnr.Max()) / 2 : 40;
        // A single point, or several alike, still get an axis around them.
        double half = Math.Max(0.5, psnr.Length > 0 ? (psnr.Max() - psnr.Min()) / 2 : 0);
        return new PlotScale(middle - half, middle + half, fps.Min() / 1.1, fps.Max() * 1.1);
    }

    /// <summary>From the left, for a quality in dB.</summary>
    public double X(double psnr) => Left + ((psnr - _minPsnr) / (_maxPsnr - _minPsnr) * (Right - Left));

    /// <summary>From the top, for a speed in frames a second.</summary>
    public double Y(double fps) => Bottom - (Math.Log(fps / _minFps) / Math.Log(_maxFps / _minFps) * (Bottom - Top));

    private static double NiceStep(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}
