namespace Encode.Contracts.Jobs;

/// <summary>A figure of quality, averaged over all pictures of a rendition, as FFmpeg's filters define it. Null is infinite: every sample is the same.</summary>
/// <param name="Y">Of the luma.</param>
/// <param name="U">Of the first chroma plane.</param>
/// <param name="V">Of the second chroma plane.</param>
/// <param name="All">Of all planes, weighted by their samples.</param>
public sealed record PlaneFigures(double? Y = null, double? U = null, double? V = null, double? All = null);
