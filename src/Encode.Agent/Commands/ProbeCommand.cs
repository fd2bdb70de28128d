using System.Globalization;
using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Contracts.Nodes;
using Encode.Media;
using Encode.Media.Hardware;

namespace Encode.Agent.Commands;

/// <summary><c>agent probe</c>: what this host can decode and encode.</summary>
internal static class ProbeCommand
{
    private const int LabelWidth = 12;
    private const int LineWidth = 100;

    internal static int Run(bool json)
    {
        NodeCapabilities host;
        try
        {
            host = HostProbe.Run(AgentCommands.Version);
        }
        catch (MediaException cause)
        {
            return CommandText.Fail($"probe: {cause.Message}");
        }

        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(host, ContractsJson.Default.NodeCapabilities));
        }
        else
        {
            WriteTable(host);
        }

        return CommandText.Success;
    }

    private static void WriteTable(NodeCapabilities host)
    {
        Row("agent", host.Version);
        Row("ffmpeg", host.FFmpegVersion);
        Row("processor", host.Cpu);
        Row("threads", host.Threads.ToString(CultureInfo.InvariantCulture));
        Row("memory", string.Create(CultureInfo.InvariantCulture, $"{host.MemoryBytes / 1e9:0.0} GB"));
        foreach (EncoderCapability encoder in host.Encoders)
        {
            string depths = string.Join(", ", encoder.BitDepths);
            Row("encoder", $"{encoder.Name} ({encoder.Codec.ToString().ToLowerInvariant()}, {encoder.Kind.ToString().ToLowerInvariant()}, {depths} bit)");
        }

        foreach (DeviceCapability device in host.Devices)
        {
            Row("device", $"{device.Kind}: {device.Name} ({device.Detail})");
        }

        foreach (string line in Wrapped(host.Decoders))
        {
            Row("decoders", line);
        }
    }

    private static void Row(string label, string value) => Console.Out.WriteLine(label.PadRight(LabelWidth) + value);

    private static IEnumerable<string> Wrapped(IEnumerable<string> words)
    {
        string line = "";
        foreach (string word in words)
        {
            if (line.Length + word.Length >= LineWidth)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? word : " " + word;
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }
}
