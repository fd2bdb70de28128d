using System.Runtime.InteropServices;

namespace Encode.Media.Libav;

/// <summary>Memory of all picture pools of this process, in bytes. The C shim's <c>EncodePoolCounts</c>, field by field.</summary>
/// <param name="Limit">The most there may be.</param>
/// <param name="Bytes">In pictures now, in use or waiting in their pool.</param>
/// <param name="Peak">The most that was in pictures since the count was restarted.</param>
/// <param name="Kept">Held for the next job, beside <paramref name="Bytes"/>.</param>
/// <param name="Regions">How many pictures <paramref name="Bytes"/> is.</param>
/// <param name="Refused">Pictures that the limit did not allow, ever.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PictureMemoryCounts(long Limit, long Bytes, long Peak, long Kept, long Regions, long Refused);
