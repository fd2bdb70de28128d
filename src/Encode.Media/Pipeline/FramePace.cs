using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>
/// How long a picture is shown when its container does not say, or says something that cannot be: some write one tick for every picture.
/// A stated length counts unless it is less than half of the shortest recent distance between pictures, or longer than any picture is shown.
/// </summary>
internal sealed class FramePace(Rational nominalRate)
{
    /// <summary>Distances that are remembered: enough to bridge a pause in a recording of varying rate.</summary>
    private const int Remembered = 8;

    /// <summary>What one picture may be shown for, in nanoseconds; the last one's length is not checked by a next one.</summary>
    private const long Longest = VideoFilterStage.MaxGapSeconds * TimeBases.Second;

    private readonly long _nominal = TimeBases.Scale(TimeBases.Second, nominalRate.Denominator, nominalRate.Numerator);
    private readonly long[] _distances = new long[Remembered];
    private long _last = long.MinValue;
    private int _count;

    /// <summary>Takes the time of the next picture, in nanoseconds.</summary>
    public void Add(long time)
    {
        if (_last != long.MinValue && time > _last)
        {
            _distances[_count++ % Remembered] = time - _last;
        }

        _last = time;
    }

    /// <summary>The stated length, or a better one; 0 stands for none.</summary>
    public long Credible(long stated)
    {
        long usual = _nominal;
        if (_count > 0)
        {
            usual = long.MaxValue;
            for (int i = 0; i < Math.Min(_count, Remembered); i++)
            {
                usual = Math.Min(usual, _distances[i]);
            }
        }

        return stated > 0 && stated >= usual / 2 && stated <= Longest ? stated : usual;
    }
}
