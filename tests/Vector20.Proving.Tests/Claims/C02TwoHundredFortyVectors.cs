using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C2: of 256 vectors, the local and I/O APICs support 240 (16-255) as valid interrupts.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public class C02TwoHundredFortyVectors
{
    [Fact]
    public void The_local_apic_delivers_16_to_255_and_no_other() =>
        Assert.Equal(Enumerable.Range(16, 240), Vectors().Where(v => Ask(SelfIpi(v), In(Questions.CpuMode.Long, null)).Handlers is [var handled] && handled == v));

    [Fact]
    public void The_io_apic_delivers_16_to_255_and_no_other() => Assert.Equal(Enumerable.Range(16, 240), Vectors().Where(v => IoApicDelivers(v, HardwareFaults.None)));

    [Fact]
    public void Control_an_apic_that_accepts_illegal_vectors_delivers_256()
    {
        Assert.Equal(16, Enumerable.Range(0, 16).Count(v => IoApicDelivers(v, HardwareFaults.ApicAcceptsIllegalVectors)));
        Assert.Equal([5], Ask(SelfIpi(5), In(Questions.CpuMode.Long, null, HardwareFaults.ApicAcceptsIllegalVectors)).Handlers);
    }

    private static IEnumerable<int> Vectors() => Enumerable.Range(0, 256);

    /// <summary>Routes an input of the I/O APIC to a vector, lets it rise, and sees whether the guest's handler runs.</summary>
    private static bool IoApicDelivers(int vector, HardwareFaults faults)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 4 << 20, Faults = faults }, pool);
        StandardPc pc = StandardPc.AddTo(computer);
        Guest guest = new GuestBuilder().Handlers(HandlerEnd.Halt).Flags(Eflags.IF).Code(_ => { }).LoadInto(computer);
        computer.Processors[0].Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, SpuriousVector.SoftwareEnable | 0xFF);
        const ulong Select = 0, Window = 0x10, LowHalfOfInput9 = 0x10 + 2 * 9;
        pc.IoApic.WriteMemory(Select, 4, LowHalfOfInput9);
        pc.IoApic.WriteMemory(Window, 4, (ulong)vector);
        pc.IoApic.SetInput(9, true);
        computer.Run(1000);
        return guest.Log is [var handled] && handled.Vector == vector;
    }
}
