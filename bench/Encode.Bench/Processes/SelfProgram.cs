namespace Encode.Bench.Processes;

/// <summary>This program, to be started again.</summary>
internal static class SelfProgram
{
    /// <summary>The program and the arguments that come before its own: the published file, or the host of .NET with the library.</summary>
    public static IReadOnlyList<string> Command { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, "bench.dll")]
        : [Environment.ProcessPath ?? "bench"];
}
