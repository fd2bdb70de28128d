using Encode.Contracts.Nodes;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Hardware;

/// <summary>
/// Finds out what this host can do by opening it: an encoder is listed when a small context of it opened, not because it was linked in.
/// A GPU's driver takes longest to answer, so it is asked on a thread of its own while the software encoders open.
/// </summary>
public static class HostProbe
{
    /// <summary>Probes the host; takes well under 300 ms.</summary>
    /// <param name="agentVersion">Version of the program that asks; handed on.</param>
    public static NodeCapabilities Run(string agentVersion)
    {
        MediaRuntime.Initialize();
        IReadOnlyList<DeviceCapability> devices = [];
        List<EncoderCapability> hardware = [];
        var gpu = new Thread(() =>
        {
            devices = CudaProbe.Find();
            hardware = devices.Count > 0 ? EncoderProbe.Hardware() : [];
        })
        {
            Name = "encode probe gpu",
            IsBackground = true,
        };
        gpu.Start();
        List<EncoderCapability> software = EncoderProbe.Software();
        string[] decoders = Decoders();
        gpu.Join();
        while (LogCapture.TryTake(out _))
        {
            // What an encoder said about not opening is no news of a later job.
        }

        return new NodeCapabilities
        {
            Version = agentVersion,
            FFmpegVersion = MediaRuntime.FFmpegVersion,
            Cpu = HostFacts.CpuName(),
            Threads = Environment.ProcessorCount,
            MemoryBytes = HostFacts.MemoryBytes(),
            Encoders = [.. software, .. hardware],
            Decoders = decoders,
            Devices = devices,
        };
    }

    private static unsafe string[] Decoders()
    {
        var names = new List<string>();
        void* position = null;
        AVCodec* codec;
        while ((codec = ffmpeg.av_codec_iterate(&position)) is not null)
        {
            if (ffmpeg.av_codec_is_decoder(codec) != 0)
            {
                names.Add(LibavError.Text(codec->name));
            }
        }

        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }
}
