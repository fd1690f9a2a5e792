using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>A small hypervisor in machine code: it enters its guest, is told of every exit, handles it and resumes.</summary>
[Manual("3C", "25.1", "Overview")]
[Manual("3C", "31.3", "VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine")]
public class SmallHypervisorTests
{
    private const ulong Unmapped = 0x20_0000, VeInformation = MachineHost.Pages;

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

    [Theory]
    [InlineData(1), InlineData(7), InlineData(64)]
    [Manual("3C", "25.2", "Format of the VMCS Region")]
    public void A_run_cut_anywhere_and_forked_goes_on_the_same_whatever_the_length_of_blocks(int blockLength)
    {
        const ulong Ticks = 2500;
        UInt128 expected = HashAfter(64, 0, Ticks);
        for (ulong cut = 1; cut < Ticks; cut += 71) Assert.Equal(expected, HashAfter(blockLength, cut, Ticks));
        Assert.NotEqual(expected, HashAfter(blockLength, 0, Ticks - 1));
    }

    [Theory]
    [InlineData(false, true, true, ExitReason.ExceptionOrNmi)]
    [InlineData(false, false, true, ExitReason.Vmcall)]
    [InlineData(true, true, true, ExitReason.EptViolation)]
    [InlineData(false, true, false, ExitReason.EptViolation)]
    [Manual("3C", "25.6.20", "Virtualization Exceptions")]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    [Manual("3C", "26.5.7.3", "Delivery of Virtualization Exceptions")]
    public void An_entry_that_does_not_suppress_it_makes_a_VE_which_bit_20_of_the_bitmap_has_exit(bool suppress, bool bit20, bool control, ExitReason expected)
    {
        using var host = new MachineHost(
            HostCode.Whole(
                a => { a.mov(rbx, Unmapped); a.mov(rbx, __qword_ptr[rbx]); },
                c => c.LogField(VmcsField.ExitReason).LogField(VmcsField.VmExitInterruptionInformation).LogField(VmcsField.GuestPhysicalAddress),
                fields =>
                {
                    if (control) fields[VmcsField.SecondaryProcessorBasedControls] |= (ulong)SecondaryControls.EptViolationVe;
                    fields[VmcsField.VirtualizationExceptionInformationAddress] = VeInformation;
                    fields[VmcsField.ExceptionBitmap] = bit20 ? 1ul << 20 : 0;
                }),
            builder: b => b.Handler(20, HandlerEnd.SkipInstruction(3)));
        host.Memory.Write(new PhysicalAddress(MachineHost.EptEntryAt(Unmapped)), suppress ? 1ul << 63 : 0);
        host.Run();
        Assert.Equal((ulong)expected, host[0]);
        if (expected == ExitReason.ExceptionOrNmi) Assert.Equal(0x8000_0314ul, host[1]);
        if (expected == ExitReason.Vmcall) Assert.Equal(20, host.Guest.Log.Single().Vector);
        uint busy = host.Memory.Read<uint>(new PhysicalAddress(VeInformation + 4));
        Assert.Equal(expected == ExitReason.EptViolation ? 0 : uint.MaxValue, busy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    public void INT_20_and_an_IPI_with_vector_20_make_no_VE_exit(bool ipi)
    {
        using MachineHost host = new MachineHost(
            HostCode.Whole(
                a =>
                {
                    if (!ipi) a.@int(20);
                    else
                    {
                        a.mov(rbx, 0xFEE0_0000ul);
                        a.mov(__dword_ptr[rbx + 0xF0], 0x1FF);
                        a.sti();
                        a.mov(__dword_ptr[rbx + 0x300], 0x44014);
                        a.nop();
                        a.nop();
                    }
                },
                c => c.LogField(VmcsField.ExitReason),
                fields =>
                {
                    fields[VmcsField.SecondaryProcessorBasedControls] |= (ulong)SecondaryControls.EptViolationVe;
                    fields[VmcsField.VirtualizationExceptionInformationAddress] = VeInformation;
                    fields[VmcsField.ExceptionBitmap] = 1ul << 20;
                }),
            builder: b => b.Handler(20, HandlerEnd.Return));
        host.Memory.Write(new PhysicalAddress(MachineHost.EptTables + 0x1000 + 24), 0xFEE0_0000ul & ~0x3FFF_FFFFul | 1ul << 63 | 0xB7);
        host.Run();
        Assert.Equal((ulong)ExitReason.Vmcall, host[0]);
        Assert.Equal(20, host.Guest.Log.Single().Vector);
    }

    [Fact]
    [Manual("3C", "29.4.3.1", "Operations that Invalidate Cached Mappings")]
    [Manual("3C", "31.3", "INVEPT—Invalidate Translations Derived from EPT")]
    public void What_the_host_takes_away_the_guest_has_no_more_at_its_next_access()
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(
            a => { a.mov(rbx, Unmapped); a.mov(rcx, __qword_ptr[rbx]); a.cpuid(); a.mov(rcx, __qword_ptr[rbx]); },
            c =>
            {
                Label end = c.A.CreateLabel();
                c.LogField(VmcsField.ExitReason);
                c.A.cmp(eax, (int)ExitReason.Cpuid);
                c.A.jne(end);
                c.A.mov(__qword_ptr[(long)MachineHost.EptEntryAt(Unmapped)], 0);
                c.Pointer(MachineHost.EptTables | 3 << 3 | 6);
                c.A.mov(eax, 1);
                c.A.invept(rax, __[(long)HostCode.Operand]);
                c.SkipInstruction();
                c.A.vmresume();
                c.A.Label(ref end);
                c.A.nop();
            }));
        host.AssertFinished();
        Assert.Equal([(ulong)ExitReason.Cpuid, (ulong)ExitReason.EptViolation], [host[0], host[1]]);
    }

    [Fact]
    [Manual("3C", "29.4.2", "Creating and Using Cached Translation Information")]
    public void Guest_and_host_have_the_same_linear_address_at_different_pages()
    {
        using var host = new MachineHost(HostCode.Whole(
            a => { a.mov(rbx, Unmapped); a.mov(r8, __qword_ptr[rbx]); a.cpuid(); a.mov(r9, __qword_ptr[rbx]); },
            c =>
            {
                Label end = c.A.CreateLabel();
                c.A.mov(rbx, Unmapped);
                c.A.mov(rax, __qword_ptr[rbx]);
                c.LogRax().Read(VmcsField.ExitReason);
                c.A.cmp(eax, (int)ExitReason.Cpuid);
                c.A.mov(rbx, Unmapped);
                c.A.jne(end);
                c.SkipInstruction();
                c.A.vmresume();
                c.A.Label(ref end);
                c.A.nop();
            }));
        host.Memory.Write(new PhysicalAddress(MachineHost.EptEntryAt(Unmapped)), 1ul << 63 | 0xB7);
        host.Memory.Write(new PhysicalAddress(Unmapped), 0x1111ul);
        ulong low = host.Memory.Read<ulong>(new PhysicalAddress(0));
        host.Run().AssertFinished();
        Assert.Equal([0x1111ul, 0x1111ul], [host[0], host[1]]);
        Assert.Equal([low, low], [host.Processor[8], host.Processor[9]]);
    }

    [Theory]
    [InlineData(true, 0ul, 0ul, 0ul)]
    [InlineData(true, 3ul, MachineHost.EptTables | 3 << 3 | 6, 0ul)]
    [InlineData(true, 1ul, MachineHost.EptTables, 0ul)]
    [InlineData(false, 0ul, 0ul, 0ul)]
    [InlineData(false, 0ul, 1ul, 1ul << 60)]
    [InlineData(false, 4ul, 1ul, 0ul)]
    [InlineData(false, 1ul, 0x1_0001ul, 0ul)]
    [Manual("3C", "31.3", "INVEPT—Invalidate Translations Derived from EPT")]
    [Manual("3C", "31.3", "INVVPID—Invalidate Translations Based on VPID")]
    public void INVEPT_and_INVVPID_refuse_a_wrong_type_or_descriptor(bool ept, ulong type, ulong low, ulong high)
    {
        using MachineHost wrong = Invalidate(ept, type, low, high);
        Assert.True(wrong.FailedValid);
        Assert.Equal(VmInstructionError.InvalidOperandToInveptInvvpid, wrong.Error);
        using MachineHost right = ept ? Invalidate(ept, 1, MachineHost.EptTables | 3 << 3 | 6, 0) : Invalidate(ept, 0, 1, 0x1000);
        Assert.True(right.Succeeded);
    }

    /// <summary>A host whose guest counts and exits at each count, after so many ticks, forked and gone on with in the fork at one of them.</summary>
    private static UInt128 HashAfter(int blockLength, ulong cut, ulong ticks)
    {
        using var host = new MachineHost(
            HostCode.Whole(
                a =>
                {
                    Label top = a.CreateLabel();
                    a.Label(ref top);
                    a.inc(rbx);
                    a.mov(__qword_ptr[GuestLayout.Data + 0x2000], rbx);
                    a.cpuid();
                    a.jmp(top);
                },
                c => { c.SkipInstruction(); c.A.vmresume(); }),
            options: new ComputerOptions { BlockLength = blockLength });
        host.Guest.Run(cut);
        using Computer fork = host.Guest.Computer.Fork();
        host.Guest.Run(50);
        fork.Run(ticks - cut, TestContext.Current.CancellationToken);
        return StateHash.Of(fork);
    }

    private static MachineHost Invalidate(bool ept, ulong type, ulong low, ulong high) => MachineHost.Run(c =>
    {
        c.WithVmcs().Pointer(low, high);
        c.A.mov(rax, type);
        if (ept) c.A.invept(rax, __[(long)HostCode.Operand]);
        else c.A.invvpid(rax, __[(long)HostCode.Operand]);
    }).AssertFinished();

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
