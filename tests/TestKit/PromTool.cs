using System.Diagnostics;
using Xunit;

namespace Encode.TestKit;

/// <summary>Prometheus's own judge of metrics.</summary>
public static class PromTool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What <c>promtool check metrics</c> has to say of a page; empty when it is content. Skips the test where there is no promtool.</summary>
    public static async Task<string> CheckAsync(string page)
    {
        string path = RepositoryRoot.Combine("artifacts", "native", "bin", "promtool");
        Assert.SkipUnless(File.Exists(path), $"no promtool at '{path}': run the target Native");
        using Process promtool = Process.Start(new ProcessStartInfo(path, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = promtool.StandardOutput.ReadToEndAsync();
        Task<string> errors = promtool.StandardError.ReadToEndAsync();
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync().WaitAsync(Limit);
        string said = await output + await errors;
        return promtool.ExitCode == 0 ? said : $"{said} (exit code {promtool.ExitCode})";
    }
}
