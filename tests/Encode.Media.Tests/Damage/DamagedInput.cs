using System.Globalization;

namespace Encode.Media.Tests.Damage;

/// <summary>A damaged file. Its number tells everything about it: first come the truncations of each container, then the mutations by their seeds.</summary>
/// <param name="Name">What it is, in words that lead to it again.</param>
/// <param name="Bytes">What is in it.</param>
internal sealed record DamagedInput(string Name, byte[] Bytes)
{
    /// <summary>Lengths to which each source is cut.</summary>
    private const int Points = 200;

    /// <summary>Number of the mutation with seed 0.</summary>
    public const int FirstMutation = DamageSources.Truncated * Points;

    /// <summary>The damaged file of a number.</summary>
    public static DamagedInput Of(int number)
    {
        (string Name, byte[] Bytes)[] sources = DamageSources.All.Value;
        if (number >= FirstMutation)
        {
            int seed = number - FirstMutation;
            (string name, byte[] whole) = sources[seed % sources.Length];
            return new(string.Create(CultureInfo.InvariantCulture, $"mutation {seed} of {name}"), Mutation.Of(whole, seed));
        }

        (string cut, byte[] bytes) = sources[number / Points];
        int length = (int)((long)bytes.Length * (number % Points) / Points) + 1;
        return new(string.Create(CultureInfo.InvariantCulture, $"{cut} cut to {length} of {bytes.Length} bytes"), bytes[..length]);
    }
}
