using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Scheduling;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>What the host finds when a VM exit has brought it back.</summary>
[Manual("3C", "28.5", "Loading Host State")]
[Manual("3C", "25.5", "Host-State Area")]
public class HostStateTests
{
    [Fact]
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    [Manual("3C", "28.5.2", "Loading Host Segment and Descriptor-Table Registers")]
    [Manual("3C", "28.5.3", "Loading Host RIP, RSP, RFLAGS, and SSP")]
    public void Registers_come_from_the_host_state_area_or_have_fixed_values()
    {
        Processor p = AtExit(_ => { }, f =>
        {
            f[VmcsField.HostSysenterCs] = 0x1111;
            f[VmcsField.HostSysenterEsp] = 0x2222;
            f[VmcsField.HostSysenterEip] = 0x3333;
            f[VmcsField.HostFsBase] = 0x4444;
            f[VmcsField.HostGsBase] = 0x5555;
            f[VmcsField.HostDsSelector] = 0;
            f[VmcsField.HostRsp] = 0x6660;
            f[VmcsField.HostCr4] |= Cr4.PGE;
            f[VmcsField.GuestDr7] = 0x4FF;
            f[VmcsField.VmEntryControls] |= (ulong)VmEntryControls.LoadDebugControls;
        });
        Assert.Equal([0x1111ul, 0x2222ul, 0x3333ul, 0ul], [p.Msrs[Msr.SysenterCs], p.Msrs[Msr.SysenterEsp], p.Msrs[Msr.SysenterEip], p.Msrs[Msr.DebugCtl]]);
        Assert.Equal(new SegmentRegister(GuestLayout.KernelCode, 0, uint.MaxValue, 0xA09B), p.Segment(SegmentName.Cs));
        Assert.Equal(new SegmentRegister(GuestLayout.KernelData, 0, uint.MaxValue, 0xC093), p.Segment(SegmentName.Ss));
        Assert.Equal(new SegmentRegister(GuestLayout.KernelData, 0x4444, uint.MaxValue, 0xC093), p.Segment(SegmentName.Fs));
        Assert.Equal(0x5555ul, p.Segment(SegmentName.Gs).Base);
        Assert.True(p.Segment(SegmentName.Ds).Unusable);
        Assert.True(p.Ldtr.Unusable);
        Assert.Equal(new SegmentRegister(GuestLayout.TssSelector, p.Tr.Base, 0x67, 0x8B), p.Tr);
        Assert.Equal((0xFFFF, 0xFFFF), (p.Gdtr.Limit, p.Idtr.Limit));
        Assert.Equal(0x6660ul, p[4]);
        Assert.Equal(Dr7.Initial, p.DebugControl);
        Assert.Equal(Cr4.PGE, p.ControlRegister4 & Cr4.PGE);
        Assert.Equal((ulong)Eflags.AlwaysOne, p.Rflags);
        Assert.Equal(0, p.Cpl);
        Assert.Equal(ActivityState.Active, p.Activity);
    }

    [Fact]
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    public void CR0_keeps_CD_NW_and_ET_as_the_guest_had_them()
    {
        Processor p = AtExit(a =>
        {
            a.mov(rax, cr0);
            a.or(rax, (int)Cr0.CD);
            a.mov(cr0, rax);
        }, f => f[VmcsField.HostCr0] |= Cr0.AM | Cr0.NW);
        Assert.Equal(Cr0.CD | Cr0.ET | Cr0.AM, p.ControlRegister0 & (Cr0.CD | Cr0.NW | Cr0.ET | Cr0.AM));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    public void Without_load_IA32_EFER_only_LMA_and_LME_are_the_hosts(bool load)
    {
        Processor p = AtExit(_ => { }, f =>
        {
            f[VmcsField.GuestEfer] |= Efer.SCE;
            f[VmcsField.HostEfer] &= ~Efer.SCE;
            if (!load) f[VmcsField.VmExitControls] &= ~(ulong)VmExitControls.LoadEfer;
        });
        Assert.Equal(load ? 0 : Efer.SCE, p.ExtendedFeatures & Efer.SCE);
        Assert.True(p.LongMode);
    }

    [Fact]
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    public void Load_IA32_PAT_loads_it_and_without_the_control_it_stays()
    {
        const ulong Guests = 0x0606_0606_0606_0606, Hosts = 0x0404_0404_0404_0404;
        foreach (bool load in (bool[])[true, false])
        {
            Processor p = AtExit(_ => { }, f =>
            {
                f[VmcsField.GuestPat] = Guests;
                f[VmcsField.HostPat] = Hosts;
                f[VmcsField.VmEntryControls] |= (ulong)VmEntryControls.LoadPat;
                if (load) f[VmcsField.VmExitControls] |= (ulong)VmExitControls.LoadPat;
            });
            Assert.Equal(load ? Hosts : Guests, p.Msrs[Msr.Pat]);
        }
    }

    [Fact]
    [Manual("3C", "28.5.5", "Updating Non-Register State")]
    [Manual("3C", "28.5.6", "Clearing Address-Range Monitoring")]
    public void The_address_range_monitor_and_pending_debug_exceptions_are_gone_and_an_NMI_exit_blocks_NMIs()
    {
        Processor p = AtExit(a => { a.mov(eax, (int)GuestLayout.Data); a.xor(ecx, ecx); a.xor(edx, edx); a.monitor(); }, _ => { });
        Assert.False(p.MonitorArmed);
        Assert.Equal(0ul, p.PendingDebugTraps);
        Assert.False(p.NmisBlocked);
        using var host = new MachineHost(HostCode.Whole(a => { for (int i = 0; i < 40; i++) a.nop(); }, c => c.LogField(VmcsField.ExitReason),
            f => f[VmcsField.PinBasedControls] |= (ulong)PinBasedControls.NmiExiting));
        while (!host.Vmx.NonRoot) host.Guest.Run(1);
        host.Processor.NmiPending = true;
        host.Processor.RequestAttention();
        host.Run().AssertFinished();
        Assert.Equal((ulong)ExitReason.ExceptionOrNmi, host[0]);
        Assert.True(host.Processor.NmisBlocked);
    }

    [Fact]
    [Manual("3C", "28.5.4", "Checking and Loading Host Page-Directory-Pointer-Table Entries")]
    public void A_host_with_PAE_paging_gets_its_PDPTEs_from_memory_and_an_invalid_one_is_a_VMX_abort()
    {
        foreach (bool valid in (bool[])[true, false])
        {
            using var host = new MachineHost(c => { c.A.nop(); c.A.nop(); }, mode: GuestMode.Protected, paging: GuestPaging.Pae);
            host.Vmx.On = true;
            host.Vmx.CurrentPointer = MachineHost.Region;
            foreach ((VmcsField field, ulong value) in UsualFields.Of(GuestMode.Protected, GuestPaging.Pae)) host.Vmx.Vmcs[field] = value;
            host.Vmx.Vmcs[VmcsField.HostRip] = GuestLayout.Code;
            host.Vmx.LoadControls();
            Array.Clear(host.Processor.PaePdptes);
            ulong table = host.Processor.ControlRegister3;
            if (!valid) host.Memory.Write(new PhysicalAddress(table + 8), 0x1E1ul);
            Assert.Equal(valid, HostState.Load(host.Processor, host.Vmx.Vmcs));
            if (valid) Assert.Equal(host.Memory.Read<ulong>(new PhysicalAddress(table)), host.Processor.PaePdptes[0]);
            else AssertAborted(host, VmxAbortIndicator.HostPdptes);
        }
    }

    [Fact]
    [Manual("3C", "28.7", "VMX Aborts")]
    public void A_VM_exit_from_IA_32e_mode_to_a_host_outside_it_is_a_VMX_abort()
    {
        using var host = new MachineHost(HostCode.Whole(_ => { }, _ => { }));
        while (!host.Vmx.NonRoot) host.Guest.Run(1);
        host.Vmx.ExitControls &= ~VmExitControls.HostAddressSpaceSize;
        RunResult result = host.Guest.Run();
        Assert.Equal(RunEnd.Shutdown, result.End);
        AssertAborted(host, VmxAbortIndicator.Ia32eModeWithoutHostAddressSpace);
    }

    [Theory]
    [InlineData(Msr.KernelGsBase, true)]
    [InlineData(Msr.FsBase, false)]
    [InlineData((Msr)0x999, false)]
    [Manual("3C", "28.6", "Loading MSRs")]
    [Manual("3C", "28.7", "VMX Aborts")]
    public void The_MSR_load_area_is_loaded_or_aborts(Msr msr, bool loads)
    {
        using var host = new MachineHost(HostCode.Whole(_ => { }, _ => { }, f =>
        {
            f[VmcsField.VmExitMsrLoadAddress] = MachineHost.Pages;
            f[VmcsField.VmExitMsrLoadCount] = 1;
        }));
        host.Memory.Write(new PhysicalAddress(MachineHost.Pages), (ulong)msr);
        host.Memory.Write(new PhysicalAddress(MachineHost.Pages + 8), 0x7777ul);
        host.Run();
        if (loads) Assert.Equal(0x7777ul, host.AssertFinished().Processor.Msrs[msr]);
        else AssertAborted(host, VmxAbortIndicator.LoadingHostMsrs);
    }

    [Theory]
    [InlineData(Msr.KernelGsBase, true)]
    [InlineData((Msr)0x999, false)]
    [Manual("3C", "28.4", "Saving MSRs")]
    [Manual("3C", "28.7", "VMX Aborts")]
    public void The_MSR_store_area_is_stored_or_aborts(Msr msr, bool stores)
    {
        using var host = new MachineHost(HostCode.Whole(a =>
        {
            a.mov(ecx, (uint)Msr.KernelGsBase);
            a.mov(eax, 0x1234);
            a.xor(edx, edx);
            a.wrmsr();
        }, _ => { }, f =>
        {
            f[VmcsField.ProcessorBasedControls] |= (ulong)ProcessorBasedControls.UseMsrBitmaps;
            f[VmcsField.MsrBitmaps] = MachineHost.Pages + 0x1000;
            f[VmcsField.VmExitMsrStoreAddress] = MachineHost.Pages;
            f[VmcsField.VmExitMsrStoreCount] = 1;
        }));
        host.Memory.Write(new PhysicalAddress(MachineHost.Pages), (ulong)msr);
        host.Run();
        if (stores) Assert.Equal(0x1234ul, host.AssertFinished().Memory.Read<ulong>(new PhysicalAddress(MachineHost.Pages + 8)));
        else AssertAborted(host, VmxAbortIndicator.SavingGuestMsrs);
    }

    private static void AssertAborted(MachineHost host, VmxAbortIndicator indicator)
    {
        Assert.Equal((uint)indicator, host.Memory.Read<uint>(new PhysicalAddress(MachineHost.Region + 4)));
        Assert.Equal(ActivityState.Shutdown, host.Processor.Activity);
        Assert.False(host.Vmx.NonRoot);
    }

    /// <summary>The processor at the host's first instruction after the guest's VMCALL.</summary>
    private static Processor AtExit(Action<Iced.Intel.Assembler> guest, Action<Dictionary<VmcsField, ulong>> change)
    {
        var host = new MachineHost(HostCode.Whole(guest, _ => { }, change));
        while (!host.Vmx.NonRoot) host.Guest.Run(1);
        while (host.Vmx.NonRoot) host.Guest.Run(1);
        Assert.Equal((ulong)ExitReason.Vmcall, host.Vmx.Vmcs[VmcsField.ExitReason]);
        Assert.Equal(host.Vmx.Vmcs[VmcsField.HostRip], host.Processor.InstructionPointer);
        return host.Processor;
    }
}
