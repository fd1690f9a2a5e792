using System.Diagnostics;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Translation;
using Vector20.Machine.Scheduling;

namespace Vector20.Bench;

/// <summary>Vector20, in this process: compiling its hot code is part of the run, as it is for its users.</summary>
/// <param name="hypervisor">Null for the bare machine; else prepares a VM of the built-in hypervisor once it is made.</param>
/// <param name="options">The hypervisor's.</param>
/// <param name="translation">When hot code is translated.</param>
internal sealed class Own(Action<VirtualMachine>? hypervisor = null, HypervisorOptions? options = null, TranslationOptions? translation = null) : IEmulator
{
    public string Name => "Vector20";

    public double? Run(byte[] image)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 64 << 20, Translation = translation ?? new() }, pool);
        StandardPc.AddTo(computer);
        computer.Memory.Write(new PhysicalAddress(BootImage.LoadAddress), image);
        Processor p = computer.Processors[0];
        p.SetSegment(SegmentName.Cs, SegmentRegister.RealMode(0));
        p.InstructionPointer = BootImage.LoadAddress;
        if (hypervisor is not null)
        {
            var vm = new VirtualMachine(computer, options ?? new HypervisorOptions());
            vm.Start();
            hypervisor(vm);
        }

        var watch = Stopwatch.StartNew();
        RunResult result = computer.Run();
        if (result.End != RunEnd.ExitPort) throw new InvalidOperationException($"The workload ended early: {result}.");
        return watch.Elapsed.TotalSeconds;
    }
}
