using System.Globalization;
using System.Net;
using System.Text;

namespace Encode.Bench.Matrix;

/// <summary>
/// The plot of a matrix as SVG: quality to the right, speed upwards on a logarithmic scale, a line for each encoder through its presets, so that
/// what lies further up and to the right is better. Real time is a line across; a hollow point missed the bitrate.
/// </summary>
internal static class SpeedPlot
{
    // Told apart by people who do not see all colours (Okabe and Ito, 2008).
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

    /// <summary>Draws the points that have both figures; a plot without points is only its frame.</summary>
    public static string Draw(MatrixReport report)
    {
        MatrixPoint[] points = [.. report.Points.Where(point => point is { Error: null, Psnr: not null, Fps: > 0 })];
        PlotScale scale = PlotScale.For(points, report.Rate);
        LabelPlaces places = new();
        StringBuilder svg = new();
        Add(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{PlotScale.Width}" height="{PlotScale.Height}" viewBox="0 0 {PlotScale.Width} {PlotScale.Height}" font-family="Helvetica, Arial, sans-serif">""");
        Add(svg, $"""<rect width="100%" height="100%" fill="#ffffff"/>""");
        Add(svg, $"""<text x="{PlotScale.Left}" y="30" font-size="18" font-weight="bold" fill="#222222">{Text($"Speed and quality at {report.Bitrate / 1e6:0.0##} Mbit/s, {report.Size} at {report.Rate}")}</text>""");
        Add(svg, $"""<text x="{PlotScale.Left}" y="50" font-size="12" fill="#666666">{Text($"{report.Cpu}, {report.Processors} processors, FFmpeg {report.FFmpegVersion}; {report.Seconds:0.##} s of a generated clip; further up and to the right is better{(points.Any(point => point.MissesBitrate) ? "; hollow: it missed the bitrate" : "")}")}</text>""");
        DrawAxes(svg, scale, report.Rate);
        IGrouping<string, MatrixPoint>[] encoders = [.. points.GroupBy(point => point.Encoder)];
        foreach (MatrixPoint point in points)
        {
            places.Block(scale.X(point.Psnr!.Value), scale.Y(point.Fps));
        }

        for (int i = 0; i < encoders.Length; i++)
        {
            DrawEncoder(svg, scale, places, encoders[i], Colours[i % Colours.Length], i);
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void DrawAxes(StringBuilder svg, PlotScale scale, int rate)
    {
        foreach (double fps in scale.FpsTicks)
        {
            Add(svg, $"""<line x1="{PlotScale.Left}" y1="{scale.Y(fps):0.0}" x2="{PlotScale.Right}" y2="{scale.Y(fps):0.0}" stroke="#e6e6e6"/>""");
            Add(svg, $"""<text x="{PlotScale.Left - 8}" y="{scale.Y(fps) + 4:0.0}" font-size="12" text-anchor="end" fill="#444444">{fps:0.###}</text>""");
        }

        foreach (double psnr in scale.PsnrTicks)
        {
            Add(svg, $"""<line x1="{scale.X(psnr):0.0}" y1="{PlotScale.Top}" x2="{scale.X(psnr):0.0}" y2="{PlotScale.Bottom}" stroke="#e6e6e6"/>""");
            Add(svg, $"""<text x="{scale.X(psnr):0.0}" y="{PlotScale.Bottom + 18}" font-size="12" text-anchor="middle" fill="#444444">{psnr:0.##}</text>""");
        }

        Add(svg, $"""<rect x="{PlotScale.Left}" y="{PlotScale.Top}" width="{PlotScale.Right - PlotScale.Left}" height="{PlotScale.Bottom - PlotScale.Top}" fill="none" stroke="#888888"/>""");
        Add(svg, $"""<line x1="{PlotScale.Left}" y1="{scale.Y(rate):0.0}" x2="{PlotScale.Right}" y2="{scale.Y(rate):0.0}" stroke="#888888" stroke-dasharray="6 4"/>""");
        Add(svg, $"""<text x="{PlotScale.Right + 6}" y="{scale.Y(rate) + 4:0.0}" font-size="12" fill="#666666">real time</text>""");
        Add(svg, $"""<text x="{(PlotScale.Left + PlotScale.Right) / 2}" y="{PlotScale.Bottom + 42}" font-size="13" text-anchor="middle" fill="#222222">quality: PSNR over all planes, dB</text>""");
        double middle = (PlotScale.Top + PlotScale.Bottom) / 2;
        Add(svg, $"""<text x="24" y="{middle}" font-size="13" text-anchor="middle" fill="#222222" transform="rotate(-90 24 {middle})">speed: frames a second, logarithmic</text>""");
    }

    private static void DrawEncoder(StringBuilder svg, PlotScale scale, LabelPlaces places, IGrouping<string, MatrixPoint> encoder, string colour, int index)
    {
        double legend = PlotScale.Top + 14 + (index * 20);
        Add(svg, $"""<g class="encoder" data-encoder="{Text(encoder.Key)}" fill="{colour}">""");
        Add(svg, $"""<line x1="{PlotScale.Right + 12}" y1="{legend}" x2="{PlotScale.Right + 34}" y2="{legend}" stroke="{colour}" stroke-width="2"/><circle cx="{PlotScale.Right + 23}" cy="{legend}" r="4" class="key"/>""");
        Add(svg, $"""<text x="{PlotScale.Right + 40}" y="{legend + 4}" font-size="13">{Text(encoder.Key)}</text>""");
        string line = string.Join(' ', encoder.Select(point => string.Create(CultureInfo.InvariantCulture, $"{scale.X(point.Psnr!.Value):0.0},{scale.Y(point.Fps):0.0}")));
        Add(svg, $"""<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-opacity="0.6"/>""");
        foreach (MatrixPoint point in encoder)
        {
            double x = scale.X(point.Psnr!.Value);
            double y = scale.Y(point.Fps);
            Add(svg, $"""<circle class="point" data-preset="{Text(point.Preset)}" cx="{x:0.0}" cy="{y:0.0}" r="4"{Hollow(point, colour)}><title>{Text($"{point.Encoder} {point.Preset}: {point.Fps:0.0} fps, {point.Psnr:0.00} dB, {point.VideoBitrate / 1000:0} kbit/s")}</title></circle>""");
            if (places.Find(x, y, point.Preset) is { } place)
            {
                Add(svg, $"""<text x="{place.X:0.0}" y="{place.Y:0.0}" font-size="{LabelPlaces.FontSize}" text-anchor="{place.Anchor}" stroke="#ffffff" stroke-width="3" paint-order="stroke">{Text(point.Preset)}</text>""");
            }
        }

        svg.Append("</g>\n");
    }

    private static string Hollow(MatrixPoint point, string colour) => point.MissesBitrate ? $" fill=\"#ffffff\" stroke=\"{colour}\" stroke-width=\"2\"" : "";

    private static void Add(StringBuilder svg, FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Text(FormattableString text) => Text(text.ToString(CultureInfo.InvariantCulture));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
