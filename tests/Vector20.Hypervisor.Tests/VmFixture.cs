using Iced.Intel;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Hypervisor.Tests;

/// <summary>A guest under the hypervisor, in a computer of its own.</summary>
internal sealed class VmFixture : IDisposable
{
    private readonly FramePool _pool = new();

    public VmFixture(
        Action<Assembler> code, GuestMode mode = GuestMode.Long, int cpl = 0, HypervisorOptions? options = null, int processors = 1, Action<GuestBuilder>? shape = null, Action<Computer>? devices = null)
    {
        Computer = new Computer(new ComputerOptions { MemorySize = 4 << 20, Processors = processors }, _pool);
        devices?.Invoke(Computer);
        GuestBuilder builder = new GuestBuilder(mode, cpl).Handlers(HandlerEnd.Halt).Code(code);
        shape?.Invoke(builder);
        Guest = builder.LoadInto(Computer);
        Vm = new VirtualMachine(Computer, options ?? new HypervisorOptions());
        foreach (Vcpu v in Vm.Vcpus) v.Apic?.Write((int)ApicRegister.SpuriousInterruptVector, 4, SpuriousVector.SoftwareEnable | SpuriousVector.VectorMask);
        Vm.Start();
    }

    public Computer Computer { get; }

    public Guest Guest { get; }

    public VirtualMachine Vm { get; }

    public Processor Processor => Computer.Processors[0];

    public VmRun Run(ulong instructions = 20_000) => Vm.Run(instructions);

    public uint Data(uint offset = 0) => Computer.Memory.Read<uint>(new PhysicalAddress(GuestLayout.Data + offset));

    public int[] Handled => [.. Guest.Log.Select(h => (int)h.Vector)];

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }
}
