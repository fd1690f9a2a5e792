using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>A host in machine code that writes garbage into its VMCS, executes VMX instructions in any order and runs garbage as its guest: the machine neither crashes nor hangs.</summary>
[Trait("Speed", "Slow")]
public class GarbageRootTests
{
    private const int Programs = 3000;
    private const ulong Ticks = 4000;

    [Fact]
    public Task Garbage_VMCSs_and_VMX_instructions_run_to_their_limit() => Garbage.Bounded(() =>
    {
        var reasons = new HashSet<ulong>();
        var errors = new HashSet<VmInstructionError>();
        for (int seed = 0; seed < Programs; seed++)
        {
            var random = new Random(seed);
            using var host = new MachineHost(HostCode.Whole(a => a.db(Garbage.Bytes(random, 100)), c => Exit(c, random), f => Change(f, random)));
            if (random.Next(4) == 0) host.Memory.Write(new PhysicalAddress(MachineHost.OtherRegion + 4), Garbage.Bytes(random, 4092));
            host.Guest.Run(Ticks);
            reasons.Add(host.Vmx.Vmcs[VmcsField.ExitReason]);
            errors.Add(host.Error);
        }

        Assert.Superset(new HashSet<ulong> { (ulong)ExitReason.TripleFault, (ulong)ExitReason.EptViolation, 1ul << 31 | (ulong)ExitReason.EntryFailureInvalidGuestState }, reasons);
        Assert.Superset(
            new HashSet<VmInstructionError> { VmInstructionError.EntryInvalidControlFields, VmInstructionError.EntryInvalidHostStateFields, VmInstructionError.UnsupportedVmcsComponent },
            errors);
    });

    /// <summary>Up to three fields become garbage, and now and then a control that the model has becomes 1.</summary>
    private static void Change(Dictionary<VmcsField, ulong> fields, Random random)
    {
        for (int i = random.Next(4); i > 0; i--) fields[VmcsFields.All[random.Next(VmcsFields.All.Count)]] = Garbage.Number(random);
        ulong Some(ulong allowed) => allowed & (ulong)random.NextInt64() & (ulong)random.NextInt64() & (ulong)random.NextInt64();
        fields[VmcsField.ProcessorBasedControls] |= Some((ulong)VmxCapabilities.ProcessorBased(CpuModel.Default));
        fields[VmcsField.SecondaryProcessorBasedControls] |= Some((ulong)VmxCapabilities.Secondary(CpuModel.Default));
        fields[VmcsField.Vpid] = 1;
    }

    /// <summary>A few VMX instructions on garbage, then the guest goes on behind what exited.</summary>
    private static void Exit(HostCode c, Random random)
    {
        for (int i = random.Next(6); i > 0; i--)
        {
            ulong field = random.Next(3) == 0 ? Garbage.Number(random) : (ulong)VmcsFields.All[random.Next(VmcsFields.All.Count)];
            ulong region = random.Next(2) == 0 ? MachineHost.OtherRegion : Garbage.Number(random) & ~0xFFFul;
            switch (random.Next(12))
            {
                case 0: c.Clear(region); break;
                case 1: c.Use(region); break;
                case 2: c.Use(MachineHost.Region); break;
                case 3: c.Read(field); break;
                case 4: c.A.invept(rax, __[(long)HostCode.Operand]); break;
                case 5: c.A.invvpid(rax, __[(long)HostCode.Operand]); break;
                case 6: c.A.vmptrst(__[(long)HostCode.Operand]); break;
                case 7: c.A.vmlaunch(); break;
                case 8: if (random.Next(8) == 0) c.A.vmxoff(); break;
                case 9: c.On(region); break;
                default: c.Write(field, Garbage.Number(random)); break;
            }
        }

        c.SkipInstruction();
        c.A.vmresume();
    }
}
