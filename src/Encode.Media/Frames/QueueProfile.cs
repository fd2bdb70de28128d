namespace Encode.Media.Frames;

/// <summary>How a queue went between its two stages. A sender that waits much is faster than its receiver, and the other way round.</summary>
/// <param name="Sends">Items moved in.</param>
/// <param name="AverageDepth">Items that the receiver found on average when it came, itself waiting for none of them.</param>
/// <param name="MaxDepth">Most items that were in it.</param>
/// <param name="SenderTicks">How long senders waited for room, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="ReceiverTicks">How long the receiver waited for an item, in the same ticks.</param>
internal readonly record struct QueueProfile(long Sends, double AverageDepth, int MaxDepth, long SenderTicks, long ReceiverTicks);
