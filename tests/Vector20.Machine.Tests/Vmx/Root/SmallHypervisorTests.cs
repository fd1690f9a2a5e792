using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>A small hypervisor in machine code: it enters its guest, is told of every exit, handles it and resumes.</summary>
[Manual("3C", "25.1", "Overview")]
[Manual("3C", "31.3", "VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine")]
public class SmallHypervisorTests
{
    private const ulong Unmapped = 0x20_0000;

    [Fact]
    [Manual("3C", "28.5", "Loading Host State")]
    [Manual("3C", "25.5", "Host-State Area")]
    public void It_handles_CPUID_HLT_IO_and_an_EPT_violation_and_resumes_after_each()
    {
        using var host = new MachineHost(HostCode.Whole(
            a =>
            {
                a.cpuid();
                a.hlt();
                a.@out(0x80, al);
                a.mov(rbx, Unmapped);
                a.mov(__qword_ptr[rbx], 0x1234);
                a.mov(rbx, __qword_ptr[rbx]);
            },
            LogAndGoOn,
            fields => fields[VmcsField.ProcessorBasedControls] |= (ulong)(ProcessorBasedControls.HltExiting | ProcessorBasedControls.UnconditionalIoExiting)));
        host.Memory.Write(new PhysicalAddress(MachineHost.EptEntryAt(Unmapped)), 1ul << 63);
        host.Run().AssertFinished();
        Assert.Equal(
            [(ulong)ExitReason.Cpuid, (ulong)ExitReason.Hlt, (ulong)ExitReason.IoInstruction, (ulong)ExitReason.EptViolation, (ulong)ExitReason.Vmcall],
            [host[0], host[1], host[2], host[3], host[4]]);
        Assert.Equal(0x1234ul, host.Processor[3]);
        Assert.False(host.Vmx.NonRoot);
        Assert.True(host.Vmx.On);
    }

    /// <summary>Logs the reason; at VMCALL it ends, at an EPT violation it maps the page, else it skips the instruction. The page of the test is not present until then.</summary>
    private static void LogAndGoOn(HostCode c)
    {
        Label end = c.A.CreateLabel(), resume = c.A.CreateLabel(), skip = c.A.CreateLabel();
        c.LogField(VmcsField.ExitReason);
        c.A.cmp(eax, (int)ExitReason.Vmcall);
        c.A.je(end);
        c.A.cmp(eax, (int)ExitReason.EptViolation);
        c.A.jne(skip);
        c.A.mov(rax, Unmapped | 1ul << 63 | 0xB7);
        c.A.mov(__[(long)MachineHost.EptEntryAt(Unmapped)], rax);
        c.A.jmp(resume);
        c.A.Label(ref skip);
        c.SkipInstruction();
        c.A.Label(ref resume);
        c.A.vmresume();
        c.A.Label(ref end);
        c.A.nop();
    }
}
