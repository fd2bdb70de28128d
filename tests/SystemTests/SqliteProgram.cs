using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The sqlite3 program, as an operator uses it.</summary>
internal static class SqliteProgram
{
    /// <summary>Runs commands on a database and returns what it printed. Skips the test where there is no sqlite3.</summary>
    public static async Task<string> RunAsync(string database, string commands)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "sqlite3")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "no sqlite3 on PATH: install the package sqlite3");
        (int code, string output) = await RunningProgram.RunAsync(path!, [database, commands], Limits.Job);
        Assert.True(code == 0, output);
        return output.Trim();
    }
}
