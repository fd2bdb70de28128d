// Runs the test programs one after another (each uses both cores itself) and adds up what they wrote.

using System.Xml.Linq;

// A test program that hangs must not hold the run for ever; the slowest takes a few minutes on two cores.
const int TestProgramLimitMilliseconds = 30 * 60 * 1000;

void RunTests(string only)
{
    var folder = System.IO.Path.GetFullPath("artifacts/test-results");
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    int passed = 0, failed = 0, skipped = 0;
    var names = System.IO.Directory.GetDirectories("tests").Select(System.IO.Path.GetFileName).Where(name => name.EndsWith("Tests"))
        .OrderBy(name => name == "SystemTests").ThenBy(name => name, StringComparer.Ordinal)
        .Where(name => only == "" || name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
    foreach (var name in names)
    {
        var (p, f, s) = RunTestProgram(name, $"{folder}/{name}.xml");
        passed += p;
        failed += f;
        skipped += s;
    }

    var line = $"{passed} passed, {failed} failed, {skipped} skipped";
    System.IO.File.WriteAllText($"{folder}/summary.txt", line + "\n");
    Information(line);
    if (failed > 0 || passed == 0)
    {
        throw new CakeException($"Test: {line}; the result files are in {folder}");
    }
}

(int Passed, int Failed, int Skipped) RunTestProgram(string name, string resultFile)
{
    var program = $"tests/{name}/bin/{Configuration}/net10.0/{name}.dll";
    Information("── {0}", name);
    var code = StartProcess("dotnet", new ProcessSettings
    {
        Arguments = new ProcessArgumentBuilder().Append("exec").AppendQuoted(program).Append("-xml").AppendQuoted(resultFile).Append("-noLogo").Append("-noColor"),
        Timeout = TestProgramLimitMilliseconds,
    });
    if (!System.IO.File.Exists(resultFile))
    {
        Error("{0}: wrote no results (exit code {1})", name, code);
        return (0, 1, 0);
    }

    var assemblies = XDocument.Load(resultFile).Descendants("assembly").ToList();
    int Sum(string attribute) => assemblies.Sum(assembly => (int?)assembly.Attribute(attribute) ?? 0);
    var (passed, failed, skipped) = (Sum("passed"), Sum("failed") + Sum("errors"), Sum("skipped"));
    foreach (var test in assemblies.Descendants("test").Where(test => (string)test.Attribute("result") == "Skip"))
    {
        Information("   skipped: {0}: {1}", (string)test.Attribute("name"), test.Element("reason")?.Value);
    }

    // What tests measured, for the README's table.
    foreach (var line in assemblies.Descendants("output").SelectMany(output => output.Value.Split('\n')).Where(line => line.StartsWith("figure: ")))
    {
        Information("   {0}", line.TrimEnd());
    }

    if (passed + failed + skipped == 0 || (code != 0 && failed == 0))
    {
        Error("{0}: exit code {1} with {2} tests and no failure recorded", name, code, passed + failed + skipped);
        failed++;
    }

    return (passed, failed, skipped);
}
