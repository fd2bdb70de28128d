namespace Encode.Agent.Output;

/// <summary>What is known of a finished file.</summary>
/// <param name="Name">Its name in its output's folder; empty where the output is that file.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Sha256">SHA-256, lower-case hex.</param>
internal sealed record SealedFile(string Name, long Bytes, string Sha256)
{
    /// <summary>Whether it belongs to the output: a track that the input turned out to lack leaves its files in the folder empty.</summary>
    internal bool IsUsed => Bytes > 0 || Name.Length == 0;
}
