using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published programs and the tools that judge them.</summary>
internal static class Published
{
    public static string Master => Program("publish", "master");

    public static string Agent => Program("publish", "agent");

    public static string Bench => Program("publish", "bench");

    public static string NatsServer => Program("publish", "nats-server");

    public static string FFmpeg => Program("native", "bin", "ffmpeg");

    public static string FFprobe => Program("native", "bin", "ffprobe");

    private static string Program(params ReadOnlySpan<string> parts)
    {
        string path = RepositoryRoot.Combine(["artifacts", .. parts]);
        return File.Exists(path) ? path : throw new FileNotFoundException($"find {path}: not there; run dotnet tool exec -y cake.tool -- --target=Publish");
    }
}
