using System.Globalization;
using System.Xml.Linq;
using Encode.Bench.Matrix;

namespace Encode.Bench.Tests;

public sealed class PlotTests
{
    [Fact]
    public void Every_point_lies_where_its_figures_say()
    {
        XElement svg = Draw(Point("libx264", "fast", 400, 36), Point("libx264", "slow", 40, 40), Point("libsvtav1", "8", 60, 44));

        XElement[] points = PointsOf(svg);
        Assert.Equal(["fast", "slow", "8"], points.Select(point => (string)point.Attribute("data-preset")!));
        Assert.Equal(["libx264", "libsvtav1"], svg.Descendants().Where(group => (string?)group.Attribute("class") == "encoder").Select(group => (string)group.Attribute("data-encoder")!));
        Assert.True(Number(points[0], "cx") < Number(points[1], "cx") && Number(points[1], "cx") < Number(points[2], "cx"));
        Assert.True(Number(points[0], "cy") < Number(points[2], "cy") && Number(points[2], "cy") < Number(points[1], "cy"));
        // On a logarithmic scale ten times as fast is as far up wherever it starts.
        double decade = Number(points[1], "cy") - Number(points[0], "cy");
        double part = Number(points[1], "cy") - Number(points[2], "cy");
        Assert.Equal(Math.Log10(60.0 / 40), part / decade, precision: 2);
        Assert.All(points, point => Assert.InRange(Number(point, "cx"), PlotScale.Left, PlotScale.Right));
        Assert.All(points, point => Assert.InRange(Number(point, "cy"), PlotScale.Top, PlotScale.Bottom));
    }

    [Fact]
    public void Points_without_figures_are_left_out_and_a_plot_without_points_still_is_one()
    {
        Assert.Empty(PointsOf(Draw(new MatrixPoint { Encoder = "libx264", Preset = "slow", Error = "left out" }, Point("libx265", "fast", 10, null))));
        Assert.Single(PointsOf(Draw(Point("libx264", "fast", 400, 36))));
    }

    [Fact]
    public void A_point_that_missed_the_bitrate_is_hollow()
    {
        XElement[] points = PointsOf(Draw(Point("libx264", "fast", 400, 36), Point("libx264", "slow", 40, 40) with { MissesBitrate = true }));

        Assert.Null(points[0].Attribute("fill"));
        Assert.Equal("#ffffff", (string?)points[1].Attribute("fill"));
    }

    [Fact]
    public void What_means_something_in_XML_is_escaped() => Assert.Equal("<&\"", (string)PointsOf(Draw(Point("a", "<&\"", 1, 30)))[0].Attribute("data-preset")!);

    [Fact]
    public void Labels_lie_beside_each_other_and_one_without_a_place_is_left_out()
    {
        LabelPlaces places = new();
        places.Block(400, 300);
        (double X, double Y, string Anchor)?[] found = [.. Enumerable.Range(0, 40).Select(_ => places.Find(400, 300, "medium"))];

        Assert.Equal("start", found[0]!.Value.Anchor);
        Assert.Equal(found.Where(place => place is not null).Distinct().Count(), found.Count(place => place is not null));
        Assert.Null(found[^1]);
    }

    private static MatrixPoint Point(string encoder, string preset, double fps, double? psnr) => new() { Encoder = encoder, Preset = preset, Fps = fps, Psnr = psnr };

    private static XElement Draw(params MatrixPoint[] points) => XDocument.Parse(SpeedPlot.Draw(new MatrixReport
    {
        Cpu = "AMD <EPYC>",
        Processors = 2,
        FFmpegVersion = "7.1.5",
        Size = "720p",
        Rate = 30,
        Seconds = 4,
        Bitrate = 1_820_000,
        Points = points,
        Svg = "x.svg",
    })).Root!;

    private static XElement[] PointsOf(XElement svg) => [.. svg.Descendants().Where(circle => (string?)circle.Attribute("class") == "point")];

    private static double Number(XElement element, string name) => double.Parse((string)element.Attribute(name)!, CultureInfo.InvariantCulture);
}
