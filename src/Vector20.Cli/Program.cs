using Vector20.Cli;
using Vector20.Cli.Output;

return CommandLine.Run(args, Streams.OfProcess());
