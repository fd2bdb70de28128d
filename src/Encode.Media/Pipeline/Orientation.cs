namespace Encode.Media.Pipeline;

/// <summary>
/// How a coded picture is to be turned before it is shown: one of the eight ways a rectangle can lie. Read from a display matrix
/// (ISO/IEC 14496-12, 8.2.2), which maps a point (x, y) with y downwards to (a·x + c·y, b·x + d·y).
/// </summary>
/// <param name="Filter">The filters that apply it, in libav's graph syntax; empty for none.</param>
/// <param name="SwapsSides">Whether width and height change places.</param>
internal readonly record struct Orientation(string Filter, bool SwapsSides)
{
    /// <summary>Shown as coded.</summary>
    public static readonly Orientation Upright = new(string.Empty, false);

    /// <summary>Reads a display matrix's four turning parts; a matrix between two quarter turns counts as the nearer one.</summary>
    public static Orientation FromMatrix(int a, int b, int c, int d)
    {
        bool straight = Math.Abs((long)a) + Math.Abs((long)d) >= Math.Abs((long)b) + Math.Abs((long)c);
        return straight
            ? (a < 0, d < 0) switch
            {
                (false, false) => Upright,
                (true, true) => new("hflip,vflip", false),
                (true, false) => new("hflip", false),
                (false, true) => new("vflip", false),
            }
            : (b < 0, c < 0) switch
            {
                (false, true) => new("transpose=clock", true),
                (true, false) => new("transpose=cclock", true),
                (false, false) => new("transpose=cclock_flip", true),
                (true, true) => new("transpose=clock_flip", true),
            };
    }
}
