return Encode.Bench.HiddenVerbs.RunIfAsked(args) ?? Encode.Bench.BenchCommands.Run(args);
