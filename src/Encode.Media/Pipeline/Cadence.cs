using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// Turns pictures shown at any times into a constant rate. The output's slots are numbered from the start of the output, and every picture
/// takes the slot nearest to its time: it is never off by more than half a slot. The start is chosen so that the first picture stands on a
/// slot (<see cref="SourceInfo.AlignStart"/>), so that a source of the same rate maps one to one whatever its start. A picture is shown until
/// the next one's slot: never (it is dropped), once, or repeatedly. One before the start of the output is shown as far as it reaches into it.
/// After the last picture's end as many slots are filled as its length covers: round(duration × rate) in all.
/// </summary>
internal sealed class Cadence(Rational rate)
{
    /// <summary>
    /// Nanoseconds by which a time may miss a slot, or the middle between two, and still count as on it or above it: containers round
    /// times to milliseconds, and 24 into 60 puts every second picture exactly in the middle.
    /// </summary>
    public const long Leniency = 600_000;

    private long _nextSlot;
    private bool _started;
    private bool _shown;

    /// <summary>First slot that nothing is shown in yet.</summary>
    public long NextSlot => _nextSlot;

    /// <summary>The slot from which a picture is to be shown.</summary>
    /// <param name="time">Its time in nanoseconds from the start of the output.</param>
    public long SlotOf(long time)
    {
        long slot = (long)Math.Floor(Slots(time + Leniency) + 0.5);
        if (!_started)
        {
            _started = true;
            _nextSlot = Math.Max(0, slot);
        }

        return slot;
    }

    /// <summary>How often the previous picture is shown before one that is to be shown from a slot on; moves on by as many slots.</summary>
    public long Advance(long slot)
    {
        long count = Math.Max(0, slot - _nextSlot);
        _nextSlot += count;
        _shown |= count > 0;
        return count;
    }

    /// <summary>How often the last picture is shown: at least once if no other was.</summary>
    /// <param name="end">End of the last picture, in nanoseconds from the start of the output.</param>
    public long Finish(long end)
    {
        long endSlot = (long)Math.Floor(Slots(end) + 0.5);
        return Advance(_shown ? endSlot : Math.Max(endSlot, _nextSlot + 1));
    }

    private double Slots(long nanoseconds) => (double)nanoseconds * rate.Numerator / rate.Denominator / TimeBases.Second;
}
