using Encode.Agent.Transfers;

namespace Encode.Agent.Tests.Transfers;

/// <summary>The parts of a spool that are present, compared with an array of flags.</summary>
public sealed class IntervalSetTests
{
    private const int Length = 64;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_order_of_parts_is_what_an_array_of_flags_says(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 200; round++)
        {
            IntervalSet set = new();
            bool[] present = new bool[Length];
            for (int step = 0; step < 12; step++)
            {
                int start = random.Next(Length);
                int end = Math.Min(Length, start + random.Next(12));
                set.Add(start, end);
                Array.Fill(present, true, start, Math.Max(0, end - start));
                AssertSame(present, set);
            }

            set.Clear();
            Assert.Equal(0, set.Total);
        }
    }

    private static void AssertSame(bool[] present, IntervalSet set)
    {
        Assert.Equal(present.Count(there => there), set.Total);
        Assert.Equal(Enumerable.Range(0, Length).Count(at => present[at] && (at == 0 || !present[at - 1])), set.Count);
        for (int at = 0; at < Length; at++)
        {
            Assert.Equal(Next(present, at, false), set.EndOfPresent(at));
            int missing = Next(present, at, false);
            int wrapped = missing < Length ? missing : Next(present, 0, false);
            Assert.Equal(wrapped < Length ? wrapped : -1, set.FirstMissing(at, Length));
            if (!present[at])
            {
                Assert.Equal(Next(present, at, true), set.EndOfGap(at, Length));
            }
        }
    }

    private static int Next(bool[] present, int from, bool wanted)
    {
        while (from < Length && present[from] != wanted)
        {
            from++;
        }

        return from;
    }
}
