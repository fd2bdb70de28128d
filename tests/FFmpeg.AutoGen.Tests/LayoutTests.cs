namespace FFmpeg.AutoGen.Tests;

/// <summary>A wrong offset reads another field and says nothing, so each one is compared with what the C compiler says.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Structs_have_the_sizes_and_offsets_that_the_c_compiler_gives_them() => AssertSame(Layouts.Structs());

    [Fact]
    public void Enum_members_have_the_values_of_the_headers() => AssertSame(Layouts.EnumMembers());

    internal static void AssertSame(IEnumerable<string> ours)
    {
        var theirs = CProgram.Run();
        var lines = ours.ToList();
        Assert.NotEmpty(lines);
        Assert.Equal([], lines.Where(line => !theirs.Contains(line)).ToArray());
    }
}
