global using unsafe Handler = delegate*<Vector20.Machine.Processors.Processor, in Vector20.Machine.Processors.Decoding.Operation, Vector20.Machine.Processors.Outcome>;
