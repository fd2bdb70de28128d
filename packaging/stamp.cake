// A stamp remembers the content of a set of tracked and untracked files, so that a target can tell that nothing changed; and
// of facts, for what a target is made from and lies elsewhere.

public sealed class Stamp
{
    private readonly string path;
    private readonly string content;

    public Stamp(string path, string[] facts, params string[] roots)
    {
        this.path = path;
        content = Fingerprint(facts, roots);
    }

    public bool IsFresh => System.IO.File.Exists(path) && System.IO.File.ReadAllText(path) == content;

    public void Clear() => System.IO.File.Delete(path);

    public void Write() => System.IO.File.WriteAllText(path, content);

    private static string Fingerprint(string[] facts, string[] roots)
    {
        using var sha = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var fact in facts)
        {
            sha.AppendData(System.Text.Encoding.UTF8.GetBytes(fact + "\n"));
        }

        foreach (var file in roots.SelectMany(Files).OrderBy(file => file, StringComparer.Ordinal))
        {
            sha.AppendData(System.Text.Encoding.UTF8.GetBytes(file));
            sha.AppendData(System.IO.File.ReadAllBytes(file));
        }

        return Convert.ToHexString(sha.GetHashAndReset());
    }

    private static IEnumerable<string> Files(string root)
    {
        if (System.IO.File.Exists(root))
        {
            return new[] { root };
        }

        var separator = System.IO.Path.DirectorySeparatorChar;
        return System.IO.Directory.EnumerateFiles(root, "*", System.IO.SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{separator}bin{separator}") && !file.Contains($"{separator}obj{separator}"));
    }
}
