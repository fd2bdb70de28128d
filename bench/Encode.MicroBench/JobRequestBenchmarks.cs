using BenchmarkDotNet.Attributes;
using Encode.Contracts.Jobs;

namespace Encode.MicroBench;

/// <summary>What the master pays to read and check one submitted job.</summary>
[MemoryDiagnoser]
public class JobRequestBenchmarks
{
    private readonly byte[] _body =
        """{"scenario":"1080p30-h264","input":{"url":"upload:in.mov"},"output":{"url":"upload:out.mp4","if_exists":"fail"},"queue":"live","max_retries":3}"""u8.ToArray();

    [Benchmark]
    public bool Read() => JobRequestReader.Read(_body).Request is not null;
}
