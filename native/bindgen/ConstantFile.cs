using System.Numerics;

namespace Bindgen;

/// <summary>Writes the macros that are numbers.</summary>
internal static class ConstantFile
{
    public static void Write(string directory, List<Constant> constants)
    {
        var file = new SourceWriter();
        file.Line();
        file.Line("namespace FFmpeg.AutoGen;");
        file.Line();
        file.Open("public static unsafe partial class ffmpeg");
        foreach (var constant in constants)
        {
            file.Line($"public {(constant.IsConst ? "const" : "static readonly")} {constant.CsType} {constant.Name} = {Text(constant)};");
        }
        file.Close();
        file.Save(directory, "ffmpeg.constants.g.cs");
    }

    private static string Text(Constant constant) => constant.CsType switch
    {
        "long" when constant.Value == long.MinValue => "long.MinValue",
        "int" when constant.Value == int.MinValue => "int.MinValue",
        "ulong" => Hex(constant.Value) + "UL",
        "uint" => Hex(constant.Value) + "U",
        "long" => constant.Value + "L",
        _ => constant.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string Hex(BigInteger value) => "0x" + ((ulong)value).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
