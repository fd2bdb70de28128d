using System.Security.Cryptography;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Hardware encoders that are there and do not open: here because the driver is missing, elsewhere because the GPU has no session left.</summary>
public sealed class FallbackTests : MediaTest
{
    [Theory]
    [InlineData(VideoCodec.H264, 8, "libx264")]
    [InlineData(VideoCodec.Hevc, 8, "libx265")]
    [InlineData(VideoCodec.Hevc, 10, "libx265")]
    [InlineData(VideoCodec.Av1, 10, "libsvtav1")]
    public void An_encoder_that_does_not_open_is_replaced_by_software_that_makes_the_same_packets_as_without_it(VideoCodec codec, int depth, string encoder)
    {
        SkipWhereItOpens();
        EncodeSettings hardware = Settings(codec, depth);
        hardware = hardware with { Video = [hardware.Video[0] with { Encoder = EncoderChoice.Nvenc, Preset = "p4", Fallback = EncoderFallback.Software }] };
        (TranscodeResult fallen, string ours) = RunTrying(hardware);
        Assert.Equal(encoder, fallen.Encoder);
        Assert.Equal(encoder, fallen.Renditions[0].Encoder);
        string note = Assert.Single(fallen.Notes, note => note.StartsWith("Encoded in software: open encoder ", StringComparison.Ordinal));
        Assert.Contains("_nvenc: this host has no ", note, StringComparison.Ordinal);
        (_, string theirs) = RunTrying(Settings(codec, depth));
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void Without_leave_to_fall_back_the_job_fails_and_says_why()
    {
        SkipWhereItOpens();
        EncodeSettings settings = Settings(VideoCodec.H264, 8);
        settings = settings with { Video = [settings.Video[0] with { Encoder = EncoderChoice.Nvenc, Preset = "p4" }] };
        MediaException error = Assert.Throws<MediaException>(() => RunTrying(settings));
        Assert.Equal(ErrorClass.Capability, error.Class);
        Assert.StartsWith("open encoder h264_nvenc: this host has no ", error.Message, StringComparison.Ordinal);
    }

    private static void SkipWhereItOpens() => Assert.SkipWhen(NvencLibraries.Missing is null, "this host has an NVIDIA driver, so NVENC opens");

    private static EncodeSettings Settings(VideoCodec codec, int depth)
    {
        EncodeSettings scenario = Scenario("360p30-h264");
        VideoSettings video = scenario.Video[0] with
        {
            Codec = codec,
            BitDepth = depth,
            BoxWidth = 320,
            BoxHeight = 180,
            Preset = EncoderWords.DefaultPreset(codec, EncoderChoice.Software),
            RateControl = RateControlMode.Crf,
            Crf = 30,
        };
        return scenario with { Video = [video], Audio = [], Outputs = [new OutputSettings { Container = Container.Mkv }] };
    }

    /// <summary>Runs with encoders opened though their driver is missing; the result and a hash of the coded pictures.</summary>
    private (TranscodeResult Result, string Packets) RunTrying(EncodeSettings settings)
    {
        string path = NewPath($"{Guid.NewGuid():N}.mkv");
        TranscodeResult result;
        using (SafeFileHandle output = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
        using (var input = new FileInput(File.OpenHandle(MediaSources.Clip())))
        {
            result = Transcoder.Run(
                new TranscodeRequest { Settings = settings, Input = input, Outputs = [output], Threads = 1, TriesWithoutDriver = true }, new Recorder(), CancellationToken.None);
        }

        return (result, Convert.ToHexString(SHA256.HashData(MediaTools.RunFFmpeg("-i", path, "-map", "0:v", "-c", "copy", "-f", "framehash", "-"))));
    }
}
