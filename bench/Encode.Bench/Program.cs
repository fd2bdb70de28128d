return Encode.Bench.BenchCommands.Run(args);
