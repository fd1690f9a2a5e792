using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>What a host in machine code does again and again. RAX and RDX are its scratch registers, R15 where it writes its log.</summary>
internal sealed class HostCode(Assembler assembler)
{
    /// <summary>Memory for the operand of an instruction that takes a pointer or a descriptor.</summary>
    public const ulong Operand = GuestLayout.Data;

    public Assembler A => assembler;

    /// <summary>VMXON.</summary>
    public HostCode On(ulong region = MachineHost.VmxonRegion)
    {
        Pointer(region);
        A.vmxon(__[(long)Operand]);
        return this;
    }

    /// <summary>VMXON, VMCLEAR, VMPTRLD.</summary>
    public HostCode WithVmcs(ulong region = MachineHost.Region) => On().Clear(region).Use(region);

    public HostCode Clear(ulong region)
    {
        Pointer(region);
        A.vmclear(__[(long)Operand]);
        return this;
    }

    public HostCode Use(ulong region)
    {
        Pointer(region);
        A.vmptrld(__[(long)Operand]);
        return this;
    }

    /// <summary>Puts a quadword, and another behind it, where the instructions above find it.</summary>
    public HostCode Pointer(ulong low, ulong high = 0)
    {
        A.mov(rax, low);
        A.mov(__[(long)Operand], rax);
        A.mov(rax, high);
        A.mov(__[(long)Operand + 8], rax);
        return this;
    }

    /// <summary>VMWRITE of a number.</summary>
    public HostCode Write(VmcsField field, ulong value) => Write((ulong)field, value);

    public HostCode Write(ulong encoding, ulong value)
    {
        A.mov(rax, value);
        A.mov(rdx, encoding);
        A.vmwrite(rdx, rax);
        return this;
    }

    /// <summary>VMWRITE of an address in the code.</summary>
    public HostCode Write(VmcsField field, Label label)
    {
        A.lea(rax, __[label]);
        A.mov(edx, (int)field);
        A.vmwrite(rdx, rax);
        return this;
    }

    /// <summary>VMREAD to RAX.</summary>
    public HostCode Read(VmcsField field) => Read((ulong)field);

    public HostCode Read(ulong encoding)
    {
        A.mov(rdx, encoding);
        A.vmread(rax, rdx);
        return this;
    }

    /// <summary>Writes RAX behind what the log holds.</summary>
    public HostCode LogRax()
    {
        A.mov(__[r15], rax);
        A.add(r15, 8);
        return this;
    }

    public HostCode LogField(VmcsField field) => Read(field).LogRax();

    /// <summary>VMWRITEs of every field that the usual guest has, then of those changed.</summary>
    public HostCode WriteAll(Label guest, Label host, Action<Dictionary<VmcsField, ulong>>? change = null)
    {
        Dictionary<VmcsField, ulong> fields = UsualFields.Of64Bit();
        change?.Invoke(fields);
        foreach ((VmcsField field, ulong value) in fields) Write(field, value);
        if (!fields.ContainsKey(VmcsField.GuestRip)) Write(VmcsField.GuestRip, guest);
        if (!fields.ContainsKey(VmcsField.HostRip)) Write(VmcsField.HostRip, host);
        A.mov(r15, MachineHost.Log);
        return this;
    }

    /// <summary>The guest is to go on behind the instruction that exited.</summary>
    public HostCode SkipInstruction()
    {
        A.mov(edx, (int)VmcsField.VmExitInstructionLength);
        A.vmread(rcx, rdx);
        A.mov(edx, (int)VmcsField.GuestRip);
        A.vmread(rax, rdx);
        A.add(rax, rcx);
        A.vmwrite(rdx, rax);
        return this;
    }

    /// <summary>
    /// The whole of a host: VMX on, a VMCS with the usual fields, VMLAUNCH; the guest's code, and the host's code at an exit. What the guest falls
    /// through to is VMCALL; what the host falls through to at an exit, or when VMLAUNCH fails, is the end.
    /// </summary>
    public static Action<HostCode> Whole(Action<Assembler> guest, Action<HostCode> exit, Action<Dictionary<VmcsField, ulong>>? change = null) => c =>
    {
        Label guestCode = c.A.CreateLabel(), hostCode = c.A.CreateLabel(), end = c.A.CreateLabel();
        c.WithVmcs().WriteAll(guestCode, hostCode, change);
        c.A.vmlaunch();
        c.A.jmp(end);
        c.A.Label(ref guestCode);
        c.A.nop();
        guest(c.A);
        c.A.vmcall();
        c.A.Label(ref hostCode);
        c.A.nop();
        exit(c);
        c.A.Label(ref end);
        c.A.nop();
    };
}
