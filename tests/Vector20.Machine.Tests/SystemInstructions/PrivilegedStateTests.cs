using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>STAC, CLAC, PKRU, XCR0, the time-stamp counter, MONITOR, and what is absent: VMX root operation, SMX, SMM.</summary>
public class PrivilegedStateTests
{
    [Fact]
    [Manual("2B", "4.3", "STAC—Set AC Flag in EFLAGS Register")]
    [Manual("2A", "3.3", "CLAC—Clear AC Flag in EFLAGS Register")]
    [Manual("3A", "4.6", "Access Rights")]
    public void STAC_and_CLAC_change_AC_where_SMAP_is_on_at_CPL_0()
    {
        Assert.NotEqual(0ul, Faults.After(a => a.stac(), cr4: Cr4.SMAP).Rflags & Eflags.AC);
        Assert.Equal(0ul, Faults.After(a => { a.stac(); a.clac(); }, cr4: Cr4.SMAP).Rflags & Eflags.AC);
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.stac()));
        using Guest user = new GuestBuilder(GuestMode.Long, 3).ControlBits4(Cr4.SMAP).Code(a => a.clac()).Load();
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(user));
    }

    [Fact]
    [Manual("2D", "6.1", "WRPKRU—Write Data to User Page Key Register")]
    [Manual("2B", "4.3", "RDPKRU—Read Protection Key Rights for User Pages")]
    public void PKRU_is_read_and_written_at_any_CPL_with_zero_in_ECX_and_EDX()
    {
        Processor p = Faults.After(a => { a.mov(eax, 0xC); a.xor(ecx, ecx); a.xor(edx, edx); a.wrpkru(); a.mov(edx, 5); a.xor(eax, eax); a.rdpkru(); }, cpl: 3, cr4: Cr4.PKE);
        Assert.Equal((0xCul, 0ul), (p[0], p[2]));
        foreach (Action<Assembler> code in (Action<Assembler>[])[a => { a.mov(ecx, 1); a.rdpkru(); }, a => { a.mov(ecx, 1); a.wrpkru(); }, a => { a.mov(edx, 1); a.wrpkru(); }])
        {
            using Guest guest = new GuestBuilder().ControlBits4(Cr4.PKE).Code(code).Load();
            Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
        }

        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.rdpkru()));
    }

    /// <summary>ECX, EAX, CPL, whether XSETBV faults.</summary>
    [Theory]
    [InlineData(0, 0x1, 0, false)]
    [InlineData(0, 0x201, 0, false)]
    [InlineData(0, 0x0, 0, true)]
    [InlineData(0, 0x3, 0, false)]
    [InlineData(0, 0x7, 0, false)]
    [InlineData(0, 0x5, 0, true)]
    [InlineData(0, 0xB, 0, true)]
    [InlineData(1, 0x1, 0, true)]
    [InlineData(0, 0x1, 3, true)]
    [Manual("2D", "6.1", "XSETBV—Set Extended Control Register")]
    public void XSETBV_takes_components_that_exist_with_x87_among_them(int index, uint value, int cpl, bool faults)
    {
        using Guest guest = new GuestBuilder(GuestMode.Long, cpl).ControlBits4(Cr4.OSXSAVE).Code(a =>
        {
            a.mov(ecx, index);
            a.mov(eax, value);
            a.xor(edx, edx);
            a.xsetbv();
            a.xor(eax, eax);
            a.xgetbv();
        }).Load();
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
        if (!faults) Assert.Equal((ulong)value, guest.Processor[0]);
    }

    [Fact]
    [Manual("2D", "6.1", "XGETBV—Get Value of Extended Control Register")]
    [Manual("3A", "2.6", "Extended Control Registers (Including XCR0)")]
    public void XGETBV_is_invalid_without_OSXSAVE() => Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => { a.xor(ecx, ecx); a.xgetbv(); }));

    [Fact]
    [Manual("2B", "4.3", "RDTSC—Read Time-Stamp Counter")]
    [Manual("2B", "4.3", "RDTSCP—Read Time-Stamp Counter and Processor ID")]
    [Manual("3B", "18.17", "Time-Stamp Counter")]
    public void The_time_stamp_counter_counts_instructions_and_TSD_reserves_it()
    {
        Processor p = Faults.After(a => { a.rdtsc(); a.mov(esi, eax); a.nop(); a.rdtsc(); });
        Assert.Equal(3ul, p[0] - p[6]);
        using Guest user = new GuestBuilder(GuestMode.Long, 3).ControlBits4(Cr4.TSD).Code(a => a.rdtsc()).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(user));
        using Guest kernel = new GuestBuilder().ControlBits4(Cr4.TSD).Code(a => a.rdtscp()).Load();
        Assert.Null(Faults.Of(kernel));
    }

    [Fact]
    [Manual("2B", "4.3", "RDPMC—Read Performance-Monitoring Counters")]
    public void There_is_no_performance_counter_to_read() => Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a => { a.xor(ecx, ecx); a.rdpmc(); }));

    [Fact]
    [Manual("2B", "4.3", "MONITOR—Set Up Monitor Address")]
    [Manual("2B", "4.3", "MWAIT—Monitor Wait")]
    [Manual("3A", "9.10.4", "MONITOR/MWAIT Instruction")]
    public void MONITOR_and_MWAIT_are_for_CPL_0_and_take_no_unknown_extension()
    {
        Assert.Null(Faults.Of(0, a => { a.mov(eax, GuestLayout.Data); a.xor(ecx, ecx); a.xor(edx, edx); a.monitor(); a.mwait(); }));
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(3, a => a.monitor()));
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(3, a => a.mwait()));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a => { a.mov(ecx, 1); a.monitor(); }));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a => { a.mov(ecx, 2); a.mwait(); }));
    }

    [Fact]
    [Manual("3C", "31.3", "VMX Instructions")]
    [Manual("2B", "4.3", "RSM—Resume From System Management Mode")]
    [Manual("2D", "7.3", "GETSEC Leaf Functions")]
    [Manual("3C", "31.3", "VMCALL—Call to VM Monitor")]
    public void Outside_VMX_operation_SMX_and_SMM_their_instructions_are_invalid()
    {
        foreach (Action<Assembler> code in (Action<Assembler>[])
            [a => a.vmcall(), a => a.vmlaunch(), a => a.vmxoff(), a => a.vmread(rax, rbx), a => a.vmptrld(__qword_ptr[rsp]), a => a.vmxon(__qword_ptr[rsp]), a => a.rsm(), a => a.getsec()])
        {
            Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, code));
        }
    }
}
