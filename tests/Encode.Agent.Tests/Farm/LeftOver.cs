using Encode.Agent.Supervisor;

namespace Encode.Agent.Tests.Farm;

/// <summary>A folder of segments that is left over and holds nothing.</summary>
internal static class LeftOver
{
    /// <summary>Makes one of another job.</summary>
    /// <param name="root">Where attempts keep what they have encoded.</param>
    /// <param name="kept">Is told of it.</param>
    /// <param name="name">The attempt.</param>
    /// <returns>Its path.</returns>
    public static string In(string root, SegmentFolder kept, string name = "aaaa.1")
    {
        string path = Path.Combine(root, name);
        File.WriteAllText(path, "");
        kept.Sweep([]); // left over, since a file cannot be deleted as a folder is
        File.Delete(path);
        return Directory.CreateDirectory(path).FullName;
    }
}
