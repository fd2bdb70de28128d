using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// Turns pictures shown at any times into a constant rate. The output's slots are numbered from the start of the output; the first
/// picture takes the slot nearest to its time, and every later one is placed relative to the first, so that a source of the same rate maps
/// one to one whatever its start. A picture is shown until the next one's slot: never (it is dropped), once, or repeatedly.
/// After the last picture's end as many slots are filled as its length covers: round(duration × rate) in all.
/// </summary>
internal sealed class Cadence(Rational rate)
{
    /// <summary>
    /// Times this far below the middle between two slots count as above it: containers round times to milliseconds, and 24 into 60 puts
    /// every second picture exactly in the middle.
    /// </summary>
    private const double Leniency = 0.03;

    private long _firstTime;
    private long _firstSlot;
    private long _nextSlot;
    private bool _started;

    /// <summary>Slot of the first picture; valid once started.</summary>
    public long FirstSlot => _firstSlot;

    /// <summary>First slot that nothing is shown in yet.</summary>
    public long NextSlot => _nextSlot;

    /// <summary>The slot from which a picture is to be shown.</summary>
    /// <param name="time">Its time in nanoseconds from the start of the output.</param>
    public long SlotOf(long time)
    {
        if (!_started)
        {
            _started = true;
            _firstTime = time;
            _firstSlot = Math.Max(0, (long)Math.Floor(Slots(time) + 0.5));
            _nextSlot = _firstSlot;
        }

        return _firstSlot + (long)Math.Floor(Slots(time - _firstTime) + 0.5 + Leniency);
    }

    /// <summary>How often the previous picture is shown before one that is to be shown from a slot on; moves on by as many slots.</summary>
    public long Advance(long slot)
    {
        long count = Math.Max(0, slot - _nextSlot);
        _nextSlot += count;
        return count;
    }

    /// <summary>How often the last picture is shown, at least once if it has not been.</summary>
    /// <param name="end">End of the last picture, in nanoseconds from the start of the output.</param>
    public long Finish(long end)
    {
        long endSlot = _firstSlot + (long)Math.Floor(Slots(end - _firstTime) + 0.5);
        return Advance(Math.Max(endSlot, _firstSlot + 1));
    }

    private double Slots(long nanoseconds) => (double)nanoseconds * rate.Numerator / rate.Denominator / TimeBases.Second;
}
