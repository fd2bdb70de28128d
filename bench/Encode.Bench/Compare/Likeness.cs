namespace Encode.Bench.Compare;

/// <summary>Whether both sides did the same work.</summary>
/// <param name="Packets"><c>identical</c>; <c>alike</c> where size and quality are the same within bounds; <c>different</c>.</param>
/// <param name="SizeRatio">Bytes of our pictures to theirs; of the output that differs most.</param>
/// <param name="PsnrDifference">Our PSNR less theirs in dB, of the output that differs most; null where packets are identical.</param>
internal sealed record Likeness(string Packets, double SizeRatio = 1, double? PsnrDifference = null)
{
    /// <summary>Every packet has the same bytes, those of the sound too but for its end.</summary>
    public const string Identical = "identical";

    /// <summary>
    /// The packets differ, sizes by at most <see cref="MaxSizeDifference"/> and PSNR by at most <see cref="MaxPsnrDifference"/>; of renditions that are
    /// scaled from each other, sizes by at most <see cref="MaxCascadeSizeDifference"/>, and ours is at the source's size at most that much further from the source.
    /// </summary>
    public const string Alike = "alike";

    /// <summary>The sides did not do the same.</summary>
    public const string Different = "different";

    /// <summary>Largest part by which sizes may differ.</summary>
    public const double MaxSizeDifference = 0.01;

    /// <summary>Largest part by which sizes may differ where small renditions are scaled from larger ones: at one constant quality other pixels take other bits.</summary>
    public const double MaxCascadeSizeDifference = 0.06;

    /// <summary>Largest difference of PSNR, in dB.</summary>
    public const double MaxPsnrDifference = 0.05;
}
