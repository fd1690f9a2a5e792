using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>The page-modification log of a host in machine code.</summary>
[Manual("3C", "29.3.6", "Page-Modification Logging")]
public class PageModificationLogTests
{
    private const ulong LogPage = MachineHost.Pages, Large = 0x20_0000;

    [Fact]
    public void The_first_write_to_a_page_is_logged_once_and_a_read_never()
    {
        using MachineHost host = Run(511, a =>
        {
            a.mov(rbx, Large + 0x123);
            a.mov(__byte_ptr[rbx], 1);
            a.mov(__byte_ptr[rbx + 8], 1);
        });
        Assert.Contains(Large, Logged(host));
        Assert.Equal(Logged(host).Length, Logged(host).Distinct().Count());
        Assert.NotEqual(0ul, host.Memory.Read<ulong>(new PhysicalAddress(MachineHost.EptEntryAt(Large))) & EptEntry.Dirty);
        using MachineHost reader = Run(511, a => { a.mov(rbx, Large); a.mov(al, __byte_ptr[rbx]); });
        Assert.DoesNotContain(Large, Logged(reader));
    }

    [Fact]
    public void With_the_log_full_the_access_does_not_happen_and_exits()
    {
        using MachineHost host = Run(0xFFFF, a => { a.mov(rbx, Large); a.mov(__byte_ptr[rbx], 1); });
        Assert.Equal((ulong)ExitReason.PageModificationLogFull, host[0]);
        Assert.Equal(0ul, host.Memory.Read<ulong>(new PhysicalAddress(MachineHost.EptEntryAt(Large))) & (EptEntry.Accessed | EptEntry.Dirty));
        Assert.Equal(0, host.Memory.Read<byte>(new PhysicalAddress(Large)));
    }

    private static ulong[] Logged(MachineHost host)
    {
        int next = (short)host.Vmx.Vmcs[VmcsField.PmlIndex];
        return [.. Enumerable.Range(next + 1, 511 - next).Select(i => host.Memory.Read<ulong>(new PhysicalAddress(LogPage + 8 * (ulong)i)))];
    }

    private static MachineHost Run(ulong index, Action<Iced.Intel.Assembler> guest)
    {
        return MachineHost.Run(HostCode.Whole(guest, c => c.LogField(VmcsField.ExitReason), f =>
        {
            f[VmcsField.SecondaryProcessorBasedControls] |= (ulong)SecondaryControls.EnablePml;
            f[VmcsField.EptPointer] |= 1 << 6;
            f[VmcsField.PmlAddress] = LogPage;
            f[VmcsField.PmlIndex] = index;
        })).AssertFinished();
    }
}
