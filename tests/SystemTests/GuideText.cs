using System.Text;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The blocks of commands in the README, by the heading above them, so that what is tested is what users read.</summary>
internal static class GuideText
{
    private const string Fence = "```";

    /// <summary>The commands under a heading, a text a block.</summary>
    /// <param name="heading">How the heading begins, without its marks.</param>
    public static IReadOnlyList<string> Blocks(string heading)
    {
        List<string> blocks = [];
        StringBuilder? block = null;
        bool under = false;
        foreach (string line in File.ReadLines(RepositoryRoot.Combine("README.md")))
        {
            if (block is null && line.StartsWith('#'))
            {
                under = line.TrimStart('#', ' ').StartsWith(heading, StringComparison.Ordinal);
            }
            else if (under && line == Fence + "sh")
            {
                block = new StringBuilder();
            }
            else if (under && line == Fence)
            {
                blocks.Add(block!.ToString());
                block = null;
            }
            else
            {
                block?.Append(line).Append('\n');
            }
        }

        Assert.True(blocks.Count > 0, $"the README has no block of commands under '{heading}'");
        return blocks;
    }
}
