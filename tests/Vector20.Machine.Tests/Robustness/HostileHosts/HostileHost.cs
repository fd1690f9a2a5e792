using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;
using Label = Iced.Intel.Label;
using Register = Vector20.Machine.Processors.Register;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a hostile host can be told to do: each is a few instructions of its machine code, the last but HLT the one that is watched.</summary>
internal enum HostOperation
{
    Vmwrite, Vmread, Vmclear, Vmptrld, Vmptrst, Vmxon, Vmxoff, Invept, Invvpid, Vmcall, Vmfunc, Copy, Vmlaunch, Vmresume, VmlaunchAfterMovSs, Count,
}

/// <summary>Where a hostile host waits for orders, or does not.</summary>
internal enum HostPlace
{
    /// <summary>Behind an instruction that has completed, or failed, or faulted.</summary>
    Ready,

    /// <summary>Where VM exits lead: the host RIP of a good VMCS.</summary>
    AtExit,

    /// <summary>Anywhere else: its host state was bad, or its memory is spoilt.</summary>
    Lost,
}

/// <summary>
/// A host in machine code that does as it is told: it halts, and goes on with what its mailbox holds. Six guests, one for each mode that code
/// starts in, each in 2 MiB of its own, wait behind EPT tables of their own.
/// </summary>
internal sealed class HostileHost : IDisposable
{
    public static readonly GuestMode[] Modes = Enum.GetValues<GuestMode>();

    /// <summary>The default model, with what of VMX it may be given.</summary>
    public static readonly CpuModel Model = CpuModel.Default.With("default,+ipivirtualization", CpuFeature.IpiVirtualization, true);

    private readonly Label[] _labels = new Label[(int)HostOperation.Count];
    private readonly ulong[] _targets = new ulong[(int)HostOperation.Count];
    private readonly Guest _guest;
    private readonly Label[] _places = new Label[3];
    private readonly List<ulong> _changed = [];
    private readonly ulong _ready, _exit;

    public HostileHost(HardwareFaults faults = HardwareFaults.None)
    {
        GuestBuilder builder = new GuestBuilder(GuestMode.Long).ControlBits4(Cr4.VMXE).Code(Write);
        for (int vector = 0; vector < 256; vector++) AddHandler(builder, vector);
        _guest = builder.Load(new ComputerOptions { MemorySize = HostLayout.MemorySize, Faults = faults, Model = Model });
        for (int i = 0; i < _targets.Length; i++) _targets[i] = _guest.AddressOf(_labels[i]);
        (_ready, _exit) = (_guest.AddressOf(_places[0]), _guest.AddressOf(_places[1]));
        Computer = _guest.Computer;
        Memory.Write(new PhysicalAddress(HostLayout.FaultTarget), _guest.AddressOf(_places[2]));
        Good = [.. Enumerable.Range(0, Modes.Length).Select(i => GoodVmcs.Build(this, Modes[i], i))];
        Prepare();
    }

    /// <summary>The VMCSs that enter, one for each guest.</summary>
    public Vmcs[] Good { get; }

    /// <summary>The computer that is in use: a fork of the one that was prepared.</summary>
    public Computer Computer { get; private set; }

    public Processor Processor => Computer.Processors[0];

    public PhysicalMemory Memory => Computer.Memory;

    /// <summary>Where VM exits lead to.</summary>
    public ulong ExitAddress => _exit - 1;

    /// <summary>Begins anew from the prepared state, in VMX root operation with a current VMCS.</summary>
    public void Renew()
    {
        if (Computer != _guest.Computer) Computer.Dispose();
        Computer = _guest.Computer.Fork();
    }

    /// <summary>Has the host execute an operation, for so many ticks at the most. A pointer is the first operand; INVEPT and INVVPID have a type and a descriptor.</summary>
    public void Do(HostOperation operation, ulong first = 0, ulong second = 0, ulong third = 0, ulong ticks = 2000)
    {
        Memory.Write(new PhysicalAddress(HostLayout.Mailbox), _targets[(int)operation]);
        Memory.Write(new PhysicalAddress(HostLayout.Mailbox + 8), first);
        Memory.Write(new PhysicalAddress(HostLayout.Mailbox + 16), second);
        Memory.Write(new PhysicalAddress(HostLayout.Mailbox + 24), third);
        Memory.Write(new PhysicalAddress(HostLayout.FaultVector), 0);
        Processor.Activity = ActivityState.Active;
        Processor.RequestAttention();
        Run(ticks);
    }

    /// <summary>Runs on, for so many ticks at the most.</summary>
    public void Run(ulong ticks) => Computer.Run(ticks, TestContext.Current.CancellationToken);

    /// <summary>
    /// Whether all is as it was prepared but for what the host itself uses and what belongs to guests: nobody has written to the host's code, its
    /// tables or its good VMCSs, no exit has loaded other registers, and the local APIC is where it was.
    /// </summary>
    public bool IsIntact()
    {
        _changed.Clear();
        Memory.AddChangedPages(_guest.Computer.Memory, _changed);
        foreach (ulong page in _changed)
            if (!MayChange(page)) return false;
        return Processor.Apic.BaseAddressRegister == _guest.Processor.Apic.BaseAddressRegister && Essence(Processor) == Essence(_guest.Processor);
    }

    /// <summary>The registers that the host's code, and its handlers, depend on.</summary>
    private static (ulong, ulong, ulong, ulong, ulong, ulong, ulong, ushort, ushort) Essence(Processor p) =>
        (p.ControlRegister0, p.ControlRegister3, p.ControlRegister4, p.ExtendedFeatures, p.Gdtr.Base, p.Idtr.Base, p.Tr.Base,
            p.Segment(SegmentName.Cs).Selector, p.Segment(SegmentName.Ss).Selector);

    private static bool MayChange(ulong page) =>
        page is GuestLayout.Stacks or GuestLayout.Data or >= HostLayout.EptTables and < HostLayout.GoodRegions || page >= HostLayout.Pages;

    /// <summary>Where the host waits.</summary>
    public HostPlace Place => Processor.Vmx.NonRoot || Processor.Activity != ActivityState.Hlt ? HostPlace.Lost
        : Processor.Rip == _ready ? HostPlace.Ready : Processor.Rip == _exit ? HostPlace.AtExit : HostPlace.Lost;

    /// <summary>The exception that the last operation met, or -1.</summary>
    public int Fault => Memory.Read<int>(new PhysicalAddress(HostLayout.FaultVector)) - 1;

    public void Dispose()
    {
        if (Computer != _guest.Computer) Computer.Dispose();
        _guest.Dispose();
    }

    private void Prepare()
    {
        foreach (ulong region in (ulong[])[HostLayout.VmxonRegion, HostLayout.Region, HostLayout.OtherRegion])
            Memory.Write(new PhysicalAddress(region), VmxCapabilities.RevisionIdentifier);
        Memory.Write(new PhysicalAddress(HostLayout.ShadowRegion), VmxCapabilities.RevisionIdentifier | 1u << 31);
        for (int i = 0; i < Modes.Length; i++) VmcsRegion.Store(Memory, HostLayout.GoodRegions + (ulong)i * 0x1000, Good[i]);
        Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
        Computer.Run(1000);
        Do(HostOperation.Vmxon, HostLayout.VmxonRegion);
        Do(HostOperation.Copy, HostLayout.GoodRegions, HostLayout.Region);
        Assert.Equal(HostPlace.Ready, Place);
        Assert.Equal(HostLayout.Region, Processor.Vmx.CurrentPointer);
    }

    /// <summary>Every exception of the host's own ends in the same place, with its vector written down.</summary>
    private static void AddHandler(GuestBuilder builder, int vector) => builder.OwnHandler(vector, a =>
    {
        a.mov(__dword_ptr[(long)HostLayout.FaultVector], vector + 1);
        a.jmp(__qword_ptr[(long)HostLayout.FaultTarget]);
    });

    private void Write(Assembler a)
    {
        for (int i = 0; i < _labels.Length; i++) _labels[i] = a.CreateLabel();
        for (int i = 0; i < _places.Length; i++) _places[i] = a.CreateLabel();
        Label next = a.CreateLabel(), done = a.CreateLabel();
        a.Label(ref done);
        a.hlt();
        a.Label(ref _places[0]);
        a.jmp(next);
        a.hlt();
        a.Label(ref _places[1]);
        a.jmp(next);
        a.Label(ref _places[2]);
        a.jmp(done);
        a.Label(ref next);
        a.mov(rsp, HostLayout.Stack);
        a.mov(rbx, __qword_ptr[(long)HostLayout.Mailbox + 8]);
        a.mov(rcx, __qword_ptr[(long)HostLayout.Mailbox + 16]);
        a.jmp(__qword_ptr[(long)HostLayout.Mailbox]);
        for (var operation = HostOperation.Vmwrite; operation < HostOperation.Count; operation++)
        {
            a.Label(ref _labels[(int)operation]);
            Write(a, operation);
            a.jmp(done);
        }
    }

    private static void Write(Assembler a, HostOperation operation)
    {
        AssemblerMemoryOperand first = __[(long)HostLayout.Mailbox + 8], second = __[(long)HostLayout.Mailbox + 16];
        switch (operation)
        {
            case HostOperation.Vmwrite: a.vmwrite(rbx, rcx); break;
            case HostOperation.Vmread: a.vmread(__[(long)HostLayout.Value], rbx); break;
            case HostOperation.Vmclear: a.vmclear(first); break;
            case HostOperation.Vmptrld: a.vmptrld(first); break;
            case HostOperation.Vmptrst: a.vmptrst(__[(long)HostLayout.Value]); break;
            case HostOperation.Vmxon: a.vmxon(first); break;
            case HostOperation.Vmxoff: a.vmxoff(); break;
            case HostOperation.Invept: a.invept(rbx, second); break;
            case HostOperation.Invvpid: a.invvpid(rbx, second); break;
            case HostOperation.Vmcall: a.vmcall(); break;
            case HostOperation.Vmfunc: a.mov(rax, rbx); a.vmfunc(); break;
            case HostOperation.Copy: Copy(a); break;
            case HostOperation.Vmlaunch: a.vmlaunch(); break;
            case HostOperation.Vmresume: a.vmresume(); break;
            default: a.mov(eax, ss); a.mov(ss, eax); a.vmlaunch(); break;
        }
    }

    /// <summary>A good VMCS is copied from its region, the first operand, to the second, which becomes current.</summary>
    private static void Copy(Assembler a)
    {
        AssemblerMemoryOperand second = __[(long)HostLayout.Mailbox + 16];
        a.vmclear(second);
        a.mov(rsi, rbx);
        a.mov(rdi, rcx);
        a.add(rsi, 8);
        a.add(rdi, 8);
        a.mov(ecx, (64 + 8 * Vmcs.SlotCount) / 8 - 1);
        a.rep.movsq();
        a.vmptrld(second);
    }
}
