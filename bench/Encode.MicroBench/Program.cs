using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// dotnet run -c Release --project bench/Encode.MicroBench -- [--short] --filter '*'
//
// Everything runs in this process: the project that BenchmarkDotNet would write and build by itself finds neither our libraries nor our lock
// files. --short measures for seconds in place of minutes: enough to see a change of tens of percent, and any allocation.
const string Short = "--short";

Job job = (args.Contains(Short) ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args.Where(word => word != Short)], DefaultConfig.Instance.AddJob(job));
