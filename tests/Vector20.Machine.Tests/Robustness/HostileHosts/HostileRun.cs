using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>Hostile hosts, one after the other: each makes a number of attempts to enter guests, and the outcome of every one is checked.</summary>
internal sealed class HostileRun(HostileHost host)
{
    private const int AttemptsOfOneHost = 64;
    private readonly List<string> _changes = [];
    private readonly Stack<(ulong At, ulong Entry)> _brokenEntries = [];
    private Random _random = new(0);
    private bool _spoilt;
    private int _index;

    /// <summary>Attempts: VM-entry instructions executed in VMX root operation.</summary>
    public long Attempts { get; private set; }

    /// <summary>How many attempts came to each kind of outcome, and to each exit reason.</summary>
    public Dictionary<OutcomeKind, long> Outcomes { get; } = [];

    public Dictionary<ExitReason, long> Reasons { get; } = [];

    public HashSet<VmInstructionError> Errors { get; } = [];

    /// <summary>The seed of the host that runs, and the number of its attempt, for whoever watches.</summary>
    public (int Seed, int Attempt) At { get; private set; }

    /// <summary>For negative controls: falsifies what was observed before it is checked.</summary>
    public Action<Observation>? Falsify { get; set; }

    /// <summary>Runs one host. Answers what broke a rule, with all that is needed to see it again, or null.</summary>
    public string? Run(int seed)
    {
        _random = new Random(seed);
        _spoilt = false;
        _brokenEntries.Clear();
        host.Renew();
        FillPages();
        for (int i = 0; i < AttemptsOfOneHost; i++)
        {
            At = (seed, i);
            _changes.Clear();
            if (Attempt() is { } broken) return $"seed {seed}, attempt {i}: {broken}; guest {HostileHost.Modes[_index]}; {string.Join("; ", _changes)}";
            if (host.Place is not (HostPlace.Ready or HostPlace.AtExit) || _spoilt && _random.Next(16) == 0) break;
        }

        return null;
    }

    private bool HasVmcs => host.Processor.Vmx is { On: true, CurrentPointer: not VmxState.NoPointer };

    private string? Attempt()
    {
        if (host.Processor.NmiPending) host.Do(HostOperation.Vmptrst);
        Arrange();
        if (Disturb() is { } broken) return broken;
        Vmcs vmcs = host.Processor.Vmx.Vmcs;
        if (_random.Next(3) != 0) Break(vmcs);
        host.Do(HostOperation.Vmwrite, (ulong)VmcsField.ExitReason, Observation.NoReason);
        bool ready = host.Place == HostPlace.Ready && (vmcs[VmcsField.ExitReason] == Observation.NoReason || !HasVmcs);
        return ready ? Enter() : _spoilt ? null : "the host stopped before its VM entry";
    }

    /// <summary>Mostly a good VMCS, with controls that go together and a guest of garbage.</summary>
    private void Arrange()
    {
        if (_random.Next(10) == 0) return;
        _index = _random.Next(HostileHost.Modes.Length);
        foreach ((ulong at, ulong entry) in _brokenEntries) host.Memory.Write(new PhysicalAddress(at), entry);
        _brokenEntries.Clear();
        _spoilt = _spoilt && !host.IsIntact();
        if (!host.Processor.Vmx.On) host.Do(HostOperation.Vmxon, HostLayout.VmxonRegion);
        host.Do(HostOperation.Copy, HostLayout.GoodRegions + (ulong)_index * 0x1000, HostLayout.Region);
        host.Memory.Write(new PhysicalAddress(HostLayout.GuestAt(_index) + GuestLayout.Code), GuestCode.Any(_random));
        if (_random.Next(2) == 0)
            foreach ((VmcsField field, ulong value) in Mutations.Controls(host.Good[_index], _random)) Write(field, value);
        if (_random.Next(3) == 0) Inject();
    }

    private void Inject()
    {
        Write(VmcsField.VmEntryInterruptionInformation, Mutations.Injection(_random));
        Write(VmcsField.VmEntryExceptionErrorCode, (ulong)_random.Next(0x8000));
        Write(VmcsField.VmEntryInstructionLength, (ulong)_random.Next(0, 16));
        if (_random.Next(2) == 0) Write(VmcsField.GuestRflags, host.Good[_index][VmcsField.GuestRflags] | Eflags.IF);
    }

    /// <summary>Fields of the VMCS, EPT tables, lists of MSRs.</summary>
    private void Break(Vmcs vmcs)
    {
        int fields = _random.Next(8) switch { 0 => _random.Next(30), < 3 => 0, _ => _random.Next(1, 4) };
        for (int i = 0; i < fields; i++)
        {
            VmcsField field = Mutations.Field(_random);
            Write(field, Mutations.Value(vmcs[field], _random));
        }

        if (_random.Next(4) == 0) BreakEpt();
        if (_random.Next(6) == 0) ListMsrs();
    }

    private void BreakEpt()
    {
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            ulong table = HostLayout.EptOf(_index) + ((ulong)_random.Next(1, 5) << 12), at = table + (_random.Next(2) == 0 ? 0 : (ulong)_random.Next(512) * 8);
            if (_random.Next(2) == 0) at = HostLayout.EptOf(_index) + 0x4000 + 8 * (GuestLayout.Code >> 12);
            ulong current = host.Memory.Read<ulong>(new PhysicalAddress(at)), entry = Mutations.EptEntry(current, table, _random);
            _brokenEntries.Push((at, current));
            host.Memory.Write(new PhysicalAddress(at), entry);
            _changes.Add($"EPT entry at {at:X} is {entry:X}");
        }
    }

    private void ListMsrs()
    {
        (VmcsField address, VmcsField count) = _random.Next(4) switch
        {
            0 => (VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount),
            1 => (VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount),
            _ => (VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount),
        };
        int entries = _random.Next(1, 4);
        Write(count, _random.Next(10) == 0 ? Mutations.Value(512, _random) : (ulong)entries);
        for (int i = 0; i < entries; i++)
        {
            (ulong index, ulong value) = Mutations.MsrEntry(_random);
            ulong at = host.Good[_index][address] + 16 * (ulong)i;
            host.Memory.Write(new PhysicalAddress(at), index);
            host.Memory.Write(new PhysicalAddress(at + 8), value);
            _changes.Add($"MSR {index:X} is {value:X} in the list at {at:X}");
        }
    }

    /// <summary>VMWRITE. A host RIP in the host's own code would be one more VM entry, which nobody watches.</summary>
    private void Write(VmcsField field, ulong value)
    {
        if (field == VmcsField.HostRip && value - GuestLayout.Code < 0x1000) value += 0x1000_0000;
        host.Do(HostOperation.Vmwrite, (ulong)field, value);
        _changes.Add($"{field} {value:X}");
    }

    /// <summary>A few VMX instructions with any operands, each of them checked. An INIT signal that root operation blocks would come with VMXOFF.</summary>
    private string? Disturb()
    {
        for (int i = _random.Next(8) - 4; i > 0; i--)
        {
            Instruction instruction = Instruction.Any(_random);
            if (instruction.Operation == HostOperation.Vmxoff && host.Processor.InitPending) continue;
            _changes.Add(instruction.ToString());
            if (!_spoilt && InstructionChecks.Check(host, instruction) is { } broken) return broken;
            if (host.Place is not (HostPlace.Ready or HostPlace.AtExit)) break;
        }

        return null;
    }

    /// <summary>The attempt itself: the guest runs for a while, then it is told to stop.</summary>
    private string? Enter()
    {
        Processor p = host.Processor;
        VmxState vmx = p.Vmx;
        for (int register = 5; register < 16; register++) p[register] = Garbage.Number(_random);
        p[0] = Garbage.Number(_random);
        var abort = new PhysicalAddress(vmx.CurrentPointer + 4);
        if (vmx.CurrentPointer != VmxState.NoPointer) host.Memory.Write(abort, 0);
        Vmcs before = vmx.Vmcs.Copy();
        bool launch = before.Launched == (_random.Next(20) == 0), afterMovSs = launch && _random.Next(20) == 0, hasVmcs = HasVmcs && !vmx.CurrentIsShadow;
        bool inOperation = vmx.On, signalled = p.InitPending || p.NmiPending;
        if (inOperation) Attempts++;
        bool mayBeLost = _spoilt |= MaySpoil(before);
        HostRegisters hostBefore = HostRegisters.Of(p) with { Rsp = HostLayout.Stack };
        if (_random.Next(8) == 0) p.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, (byte)_random.Next(16, _random.Next(2) == 0 ? 32 : 256)));
        host.Do(afterMovSs ? HostOperation.VmlaunchAfterMovSs : launch ? HostOperation.Vmlaunch : HostOperation.Vmresume, Garbage.Number(_random), Garbage.Number(_random),
            ticks: (ulong)_random.Next(8, 150));
        bool signals = Stop(p) || signalled;
        var o = new Observation
        {
            Launch = launch, InOperation = inOperation, HasVmcs = hasVmcs, AfterMovSs = afterMovSs, Before = before, After = vmx.Vmcs.Copy(), HostBefore = hostBefore, HostAfter = HostRegisters.Of(p),
            HostMayBeLost = mayBeLost, Place = host.Place, Fault = host.Fault, NonRoot = vmx.NonRoot, Unsupported = p.UnsupportedWhat, SignalsSent = signals,
            AbortIndicator = vmx.CurrentPointer == VmxState.NoPointer || p.Activity != ActivityState.Shutdown ? 0 : host.Memory.Read<uint>(abort),
        };
        Falsify?.Invoke(o);
        Count(o);
        SavedStateChecks.Judge = p;
        return OutcomeChecks.Check(o);
    }

    /// <summary>An NMI perhaps; then, if the guest goes on, an INIT signal and a start-up IPI, one of which every activity state exits for.</summary>
    private bool Stop(Processor p)
    {
        bool sent = p.Vmx.NonRoot && Signal(p);
        if (!p.Vmx.NonRoot) host.Run(100);
        return sent;
    }

    private bool Signal(Processor p)
    {
        if (_random.Next(4) == 0) p.Apic.Receive(new ApicMessage(DeliveryMode.Nmi, 0));
        host.Run(8);
        if (!p.Vmx.NonRoot) return true;
        p.Apic.Receive(new ApicMessage(DeliveryMode.Init, 0));
        host.Run(8);
        if (p.Vmx.NonRoot) p.Apic.Receive(new ApicMessage(DeliveryMode.StartUp, 0x12));
        host.Run(8);
        return true;
    }

    private void Count(Observation o)
    {
        Outcomes[o.Kind] = Outcomes.GetValueOrDefault(o.Kind) + 1;
        if (o.Kind == OutcomeKind.FailValid) Errors.Add((VmInstructionError)o.After[VmcsField.VmInstructionError]);
        if (o.Kind is not (OutcomeKind.Exited or OutcomeKind.EntryFailed)) return;
        var reason = (ExitReason)(ushort)o.After[VmcsField.ExitReason];
        Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Whether a guest, or an exit, may write where the host does not want it, or the host's state is not as the host wants it.</summary>
    private bool MaySpoil(Vmcs v)
    {
        const SecondaryControls Dangerous = SecondaryControls.EnableVmFunctions | SecondaryControls.VmcsShadowing;
        Vmcs good = host.Good[_index];
        bool activated = (v[VmcsField.ProcessorBasedControls] & (ulong)ProcessorBasedControls.ActivateSecondaryControls) != 0;
        var secondary = activated ? (SecondaryControls)v[VmcsField.SecondaryProcessorBasedControls] : 0;
        if (_brokenEntries.Count != 0 || (secondary & SecondaryControls.EnableEpt) == 0 || (secondary & Dangerous) != 0) return true;
        if ((v[VmcsField.EptPointer] | 1 << 6) != (good[VmcsField.EptPointer] | 1 << 6)) return true;
        if ((v[VmcsField.ProcessorBasedControls] & (ulong)(ProcessorBasedControls.UseMsrBitmaps | ProcessorBasedControls.ActivateTertiaryControls)) != 0) return true;
        if ((v[VmcsField.VmExitMsrLoadCount] | v[VmcsField.VmExitMsrStoreCount] | v[VmcsField.VmEntryMsrLoadCount]) != 0) return true;
        if ((v[VmcsField.VmExitControls] & (ulong)VmExitControls.LoadEfer) == 0) return true;
        foreach (VmcsField address in GoodVmcs.Addresses)
            if (!HostLayout.IsPage(v[address])) return true;
        foreach (VmcsField field in VmcsFields.All)
            if (field.Type() == VmcsFieldType.HostState && v[field] != good[field]) return true;
        return false;
    }

    /// <summary>Bitmaps, lists and the virtual-APIC page: mostly empty, now and then full of garbage.</summary>
    private void FillPages()
    {
        for (int i = _random.Next(4); i > 0; i--)
            host.Memory.Write(new PhysicalAddress(host.Good[0][VmcsField.PidPointerTableAddress] + (ulong)_random.Next(4) * 8), HostLayout.Pages + (ulong)_random.Next(HostLayout.PageCount << 6) * 64 | 1);
        for (int page = 0; page < HostLayout.PageCount; page++)
        {
            if (_random.Next(3) != 0) continue;
            for (int i = _random.Next(64); i > 0; i--)
                host.Memory.Write(new PhysicalAddress(HostLayout.Pages + ((ulong)page << 12) + (ulong)_random.Next(512) * 8), Garbage.Number(_random));
        }
    }
}
