using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>A VMX instruction other than VM entries, with any operands.</summary>
internal readonly record struct Instruction(HostOperation Operation, ulong First, ulong Second, ulong Third)
{
    private static readonly ulong[] s_regions =
        [HostLayout.VmxonRegion, HostLayout.Region, HostLayout.OtherRegion, HostLayout.ShadowRegion, HostLayout.NoRegion, HostLayout.Region + 8, 1ul << 46, PhysicalMemory.HoleStart, 0];

    public static Instruction Any(Random random)
    {
        var operation = (HostOperation)random.Next((int)HostOperation.Copy);
        if (operation == HostOperation.Vmxoff && random.Next(4) != 0) operation = HostOperation.Vmptrst;
        ulong region = random.Next(4) == 0 ? Garbage.Number(random) : s_regions[random.Next(s_regions.Length)];
        if (region < HostLayout.VmxonRegion) region += HostLayout.MemorySize;
        ulong encoding = random.Next(3) == 0 ? Garbage.Number(random) : (ulong)VmcsFields.All[random.Next(VmcsFields.All.Count)] | (uint)random.Next(2);
        return operation switch
        {
            HostOperation.Vmwrite or HostOperation.Vmread => new(operation, encoding, Mutations.Value(0, random), 0),
            HostOperation.Invept => new(operation, (ulong)random.Next(5), random.Next(2) == 0 ? HostLayout.EptTables | 0x1E : Garbage.Number(random), random.Next(4) == 0 ? 1ul : 0),
            HostOperation.Invvpid => new(operation, (ulong)random.Next(6), random.Next(2) == 0 ? (ulong)random.Next(3) : Garbage.Number(random), Garbage.Number(random)),
            _ => new(operation, region, 0, 0),
        };
    }

    public override string ToString() => $"{Operation} {First:X} {Second:X} {Third:X}";
}

/// <summary>What a VMX instruction of the host is to come to, by the manual's description of each, and whether it does.</summary>
[Manual("3C", "31.3", "VMX Instructions")]
[Manual("3C", "31.4", "VM Instruction Error Numbers")]
internal static class InstructionChecks
{
    private const int Faults = -1, Succeeds = 0;

    /// <summary>Has the host execute it. Answers the words of the rule that is broken, or null.</summary>
    public static string? Check(HostileHost host, in Instruction i)
    {
        Processor p = host.Processor;
        bool hasVmcs = p.Vmx.On && p.Vmx.CurrentPointer != VmxState.NoPointer;
        int expected = Expected(host, i);
        host.Do(i.Operation, i.First, i.Second, i.Third);
        if (host.Place != HostPlace.Ready) return $"{i}: the host did not go on";
        uint flags = (uint)p.Rflags & Eflags.Status;
        if (expected == Faults) return host.Fault == 6 ? null : $"{i}: exception {host.Fault} instead of #UD";
        if (host.Fault >= 0) return $"{i}: exception {host.Fault}";
        if (expected == Succeeds) return flags == 0 ? Effect(host, i) : $"{i}: flags {flags:X} instead of VMsucceed";
        if (!hasVmcs) return flags == Eflags.CF ? null : $"{i}: flags {flags:X} instead of VMfailInvalid";
        ulong error = p.Vmx.Vmcs[VmcsField.VmInstructionError];
        return flags == Eflags.ZF && error == (ulong)expected ? null : $"{i}: flags {flags:X} and error {error} instead of error {expected}";
    }

    /// <summary>The error number, <see cref="Succeeds"/> or <see cref="Faults"/>; without a current VMCS every error is VMfailInvalid.</summary>
    private static int Expected(HostileHost host, in Instruction i)
    {
        VmxState vmx = host.Processor.Vmx;
        if (i.Operation == HostOperation.Vmfunc || !vmx.On && i.Operation != HostOperation.Vmxon) return Faults;
        bool hasVmcs = vmx.CurrentPointer != VmxState.NoPointer, isPage = (i.First & 0xFFF) == 0 && i.First >> 46 == 0;
        return i.Operation switch
        {
            HostOperation.Vmwrite or HostOperation.Vmread => hasVmcs && HostileHost.Model.VmcsFields.Contains(i.First) ? Succeeds : 12,
            HostOperation.Vmclear => !isPage ? 2 : i.First == vmx.VmxonPointer ? 3 : Succeeds,
            HostOperation.Vmptrld => !isPage ? 9 : i.First == vmx.VmxonPointer ? 10 : (Identifier(host, i.First) & 0x7FFF_FFFF) != VmxCapabilities.RevisionIdentifier ? 11 : Succeeds,
            HostOperation.Vmxon => vmx.On ? 15 : isPage && Identifier(host, i.First) == VmxCapabilities.RevisionIdentifier ? Succeeds : 15,
            HostOperation.Invept => i.Third == 0 && (i.First == 2 || i.First == 1 && IsEptPointer(i.Second)) ? Succeeds : 28,
            HostOperation.Invvpid => IsInvvpid(i) ? Succeeds : 28,
            HostOperation.Vmcall => 1,
            _ => Succeeds,
        };
    }

    /// <summary>After VMsucceed.</summary>
    private static string? Effect(HostileHost host, in Instruction i)
    {
        VmxState vmx = host.Processor.Vmx;
        ulong value = host.Memory.Read<ulong>(new PhysicalAddress(HostLayout.Value)), pointer = vmx.CurrentPointer;
        var field = (VmcsField)i.First;
        bool done = i.Operation switch
        {
            HostOperation.Vmwrite => vmx.Vmcs[field.Whole()] >> (field.IsHigh() ? 32 : 0) == (field.IsHigh() ? (uint)i.Second : i.Second & field.Mask()),
            HostOperation.Vmread => value == vmx.Vmcs[field.Whole()] >> (field.IsHigh() ? 32 : 0),
            HostOperation.Vmclear => pointer != i.First,
            HostOperation.Vmptrld => pointer == i.First,
            HostOperation.Vmptrst => value == pointer,
            HostOperation.Vmxon => vmx.On && pointer == VmxState.NoPointer,
            HostOperation.Vmxoff => !vmx.On,
            _ => true,
        };
        return done ? null : $"{i}: VMsucceed without its effect";
    }

    private static uint Identifier(HostileHost host, ulong region) => host.Memory.Read<uint>(new PhysicalAddress(region));

    private static bool IsEptPointer(ulong pointer) =>
        (pointer & 7) is 0 or 6 && (pointer >> 3 & 7) is 3 or 4 && (pointer & 0xF80) == 0 && pointer >> 46 == 0;

    private static bool IsInvvpid(in Instruction i)
    {
        bool canonical = (ulong)((long)(i.Third << 16) >> 16) == i.Third;
        return i.Second >> 16 == 0 && i.First switch { 0 => i.Second != 0 && canonical, 1 or 3 => i.Second != 0, 2 => true, _ => false };
    }
}
