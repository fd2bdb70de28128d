using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bindgen;

/// <summary>Where declarations stand: the file that each is in, and the text of a parameter where the tree has lost it.</summary>
internal sealed partial class Headers
{
    private readonly Dictionary<string, byte[]> _sources = [];
    private string _file = "";

    // In a parameter, clang turns `T name[4]` into a pointer. The source still says how long it is.
    private CType WithArray(CType type, JsonElement parameter, string file)
    {
        var range = parameter.GetProperty("range");
        if (type is not PointerType { To: var element } || !range.GetProperty("end").TryGetProperty("offset", out var end))
        {
            return type;
        }
        var source = _sources.TryGetValue(file, out var bytes) ? bytes : _sources[file] = File.ReadAllBytes(file);
        if (source[end.GetInt32()] != (byte)']')
        {
            return type;
        }
        var open = Array.LastIndexOf(source, (byte)'[', end.GetInt32());
        var length = Encoding.ASCII.GetString(source, open + 1, end.GetInt32() - open - 1).Trim();
        return length switch
        {
            "" => new ArrayType(element, null),
            "AV_NUM_DATA_POINTERS" => new ArrayType(element, 8),
            _ => new ArrayType(element, int.Parse(length, CultureInfo.InvariantCulture)),
        };
    }

    // clang names the file of a place only when it differs from that of the place printed before, wherever in the tree that was.
    private void FollowAll(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var child in element.EnumerateArray())
            {
                FollowAll(child);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            Follow(element);
        }
    }

    private void Follow(JsonElement element)
    {
        foreach (var property in element.EnumerateObject().Where(p => p.Name != "includedFrom"))
        {
            if (property.Name == "file")
            {
                _file = property.Value.GetString()!;
            }
            FollowAll(property.Value);
        }
    }
}
