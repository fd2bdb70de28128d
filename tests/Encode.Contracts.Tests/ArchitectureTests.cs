using System.Xml.Linq;
using Encode.TestKit;

namespace Encode.Contracts.Tests;

/// <summary>The projects reference each other exactly as the design says, and pointers stay inside their fence.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["FFmpeg.AutoGen"] = [],
        ["Encode.Contracts"] = [],
        ["Encode.Media"] = ["Encode.Contracts", "FFmpeg.AutoGen"],
        ["Encode.Messaging"] = ["Encode.Contracts"],
        ["Encode.Master"] = ["Encode.Messaging"],
        ["Encode.Agent"] = ["Encode.Media", "Encode.Messaging"],
        ["Encode.Bench"] = ["Encode.Media"],
    };

    public static TheoryData<string> Projects => [.. Arrows.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_the_design_says_and_nothing_else(string project)
    {
        XDocument file = XDocument.Load(PathOf(project));
        IEnumerable<string> references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Equal(Arrows[project].Order(), references.Order());
    }

    [Fact]
    public void Every_project_under_src_has_its_arrows_here()
    {
        string[] found = [.. Directory.EnumerateDirectories(RepositoryRoot.Combine("src")).Select(Path.GetFileName).Where(name => File.Exists(PathOf(name!)))!];
        Assert.Equal(Arrows.Keys.Where(name => name != "Encode.Bench").Order(), found.Order());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Unsafe_code_is_allowed_in_the_bindings_and_in_Media_only(string project)
    {
        bool allowed = XDocument.Load(PathOf(project)).Descendants("AllowUnsafeBlocks").Any(value => value.Value == "true");
        Assert.Equal(project is "FFmpeg.AutoGen" or "Encode.Media", allowed);
    }

    [Fact]
    public void Unsafe_code_is_allowed_nowhere_for_all()
    {
        foreach (string file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
        {
            Assert.Empty(XDocument.Load(RepositoryRoot.Combine(file)).Descendants("AllowUnsafeBlocks"));
        }
    }

    [Fact]
    public void Only_Messaging_references_NATS_and_Contracts_references_no_package()
    {
        foreach (string project in Arrows.Keys)
        {
            string[] packages = [.. XDocument.Load(PathOf(project)).Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value)];
            Assert.Equal(project == "Encode.Messaging", packages.Any(package => package.StartsWith("NATS.", StringComparison.Ordinal)));
            if (project == "Encode.Contracts")
            {
                Assert.Empty(packages);
            }
        }
    }

    /// <summary>The generator puts several such classes in another order at each build, and a published program must be the same bytes each time.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_at_most_one_class_of_log_lines(string project)
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Path.GetDirectoryName(PathOf(project))!, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(file).Contains("[LoggerMessage(", StringComparison.Ordinal));
        Assert.True(files.Count() <= 1, $"move these into one partial class declaration: {string.Join(", ", files)}");
    }

    private static string PathOf(string project) => RepositoryRoot.Combine(project == "Encode.Bench" ? "bench" : "src", project, project + ".csproj");
}
