using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Encode.MicroBench -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
