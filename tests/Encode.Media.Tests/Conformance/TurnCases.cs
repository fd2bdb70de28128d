using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>The eight ways in which a display matrix can lay a picture.</summary>
internal static class TurnCases
{
    private static readonly ConformanceCase Upright = Case("upright.mp4", $"{Picture("25", "0.4")} {H264}");

    public static readonly ConformanceCase[] All =
    [
        .. from degrees in (int[])[0, 90, 180, 270]
           from flip in (bool[])[false, true]
           select From($"turn-{degrees}{(flip ? "-flip" : "")}.mp4", Upright, $"-display_rotation:v:0 {degrees}{(flip ? " -display_hflip:v:0" : "")}", "-c copy"),
        From("turn-90.mov", Upright, "-display_rotation:v:0 90", "-c copy"),
        From("turn-180.mkv", Upright, "-display_rotation:v:0 180", "-c copy"),
        From("turn-7.mp4", Upright, "-display_rotation:v:0 7", "-c copy"),
    ];
}
