namespace Encode.Contracts.Scenarios;

/// <summary>
/// The average bitrate of a picture for which nobody named one. 4K at 60 pictures a second is 20 Mbit/s in H.264; the other rows follow the
/// pixel count to the power of about 0.75, as broadcast ladders do, and sizes between rows follow it from the nearest one.
/// </summary>
public static class BitrateTable
{
    private const double Power = 0.75;

    /// <summary>Bitrates are told in whole kbit/s.</summary>
    private const long Unit = 1000;

    private sealed record Row(int Width, int Height, long Bitrate, long BitrateAbove30)
    {
        public double Pixels => (double)Width * Height;
    }

    private static readonly Row[] Rows =
    [
        new(3840, 2160, 14_000_000, 20_000_000),
        new(2560, 1440, 8_000_000, 12_000_000),
        new(1920, 1080, 5_000_000, 7_500_000),
        new(1280, 720, 2_800_000, 4_200_000),
        new(854, 480, 1_200_000, 1_800_000),
        new(640, 360, 700_000, 1_000_000),
    ];

    /// <summary>The bitrate in bit/s for a box.</summary>
    /// <param name="codec">The coding format, which decides the share of H.264's bitrate that looks alike.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="isAbove30">Whether there are more than 30 pictures a second.</param>
    public static long Of(VideoCodec codec, int width, int height, bool isAbove30)
    {
        double pixels = (double)width * height;
        Row nearest = Rows[0];
        foreach (Row row in Rows)
        {
            nearest = Distance(row, pixels) < Distance(nearest, pixels) ? row : nearest;
        }

        double bits = (isAbove30 ? nearest.BitrateAbove30 : nearest.Bitrate) * ShareOf(codec) * Math.Pow(pixels / nearest.Pixels, Power);
        return Math.Clamp((long)Math.Round(bits / Unit) * Unit, ScenarioLimits.MinVideoBitrate, ScenarioLimits.MaxVideoBitrate);
    }

    private static double Distance(Row row, double pixels) => Math.Abs(Math.Log(row.Pixels / pixels));

    private static double ShareOf(VideoCodec codec) => codec switch
    {
        VideoCodec.Hevc => 0.65,
        VideoCodec.Av1 => 0.55,
        _ => 1,
    };
}
