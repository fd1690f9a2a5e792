using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Claims;

/// <summary>Every control that the default model's capability MSRs claim does something: there is a guest that shows it, and shows nothing while the bit is 0.</summary>
[Manual("3D", "A", "VMX Capability Reporting Facility")]
public class ControlExerciseTests
{
    /// <summary>Of a host in machine code: a bit, what else the VMCS holds, and whether what the bit does is seen when the host is back.</summary>
    private static readonly (VmcsField Field, ulong Bit, Action<Dictionary<VmcsField, ulong>> Change, Func<MachineHost, bool> Shows)[] s_ofHosts =
    [
        (VmcsField.VmExitControls, (ulong)VmExitControls.HostAddressSpaceSize, _ => { }, host => host[0] == (ulong)ExitReason.Vmcall),
        (VmcsField.VmExitControls, (ulong)VmExitControls.LoadPat, f => f[VmcsField.HostPat] = 0, host => host.Processor.Msrs[Msr.Pat] == 0),
        (VmcsField.VmExitControls, (ulong)VmExitControls.LoadEfer, f => f[VmcsField.HostEfer] |= Efer.SCE, host => (host.Processor.ExtendedFeatures & Efer.SCE) != 0),
    ];

    /// <summary>The fields of controls, each with its capability MSR: what must be 1 below, what may be 1 above; of VM functions all bits are what may be 1.</summary>
    private static readonly (VmcsField Field, uint Msr)[] s_fields =
    [
        (VmcsField.PinBasedControls, 0x48D), (VmcsField.ProcessorBasedControls, 0x48E), (VmcsField.VmExitControls, 0x48F), (VmcsField.VmEntryControls, 0x490),
        (VmcsField.SecondaryProcessorBasedControls, 0x48B), (VmcsField.VmFunctionControls, 0x491),
    ];

    public static TheoryData<int> Exercises => [.. Enumerable.Range(0, ControlExercises.All.Length)];

    public static TheoryData<int> ExercisesOfHosts => [.. Enumerable.Range(0, s_ofHosts.Length)];

    [Theory]
    [MemberData(nameof(Exercises))]
    public void What_a_control_does_is_seen_while_it_is_1_and_only_then(int index)
    {
        ControlExercise exercise = ControlExercises.All[index];
        Assert.True(exercise.Run(one: true), $"{exercise.Field} bit {exercise.Bit:X} as 1");
        Assert.False(exercise.Run(one: false), $"{exercise.Field} bit {exercise.Bit:X} as 0");
    }

    [Theory]
    [MemberData(nameof(ExercisesOfHosts))]
    public void What_a_control_does_for_a_host_in_machine_code(int index)
    {
        Assert.True(Run(one: true));
        Assert.False(Run(one: false));

        bool Run(bool one)
        {
            (VmcsField field, ulong bit, Action<Dictionary<VmcsField, ulong>> change, Func<MachineHost, bool> shows) = s_ofHosts[index];
            using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, c => c.LogField(VmcsField.ExitReason), f =>
            {
                change(f);
                f[field] = one ? f[field] | bit : f[field] & ~bit;
            }));
            return shows(host);
        }
    }

    [Fact]
    public void Every_control_that_may_be_1_and_need_not_has_an_exercise_and_no_other_has()
    {
        foreach ((VmcsField field, uint msr) in s_fields)
        {
            ulong capability = ClaimGuest.Capability(msr);
            ulong claimed = field == VmcsField.VmFunctionControls ? capability : capability >> 32 & ~(ulong)(uint)capability & ~Silent(field);
            ulong exercised = 0;
            foreach (ControlExercise exercise in ControlExercises.All.Where(exercise => exercise.Field == field)) exercised |= exercise.Bit;
            foreach ((VmcsField Field, ulong Bit, Action<Dictionary<VmcsField, ulong>>, Func<MachineHost, bool>) exercise in s_ofHosts.Where(exercise => exercise.Field == field))
                exercised |= exercise.Bit;
            Assert.True(claimed == exercised, $"{field}: claimed {claimed:X}, exercised {exercised:X}");
        }
    }

    /// <summary>Bits of the default1 class that the manual gives no meaning.</summary>
    private static ulong Silent(VmcsField field) => field switch
    {
        VmcsField.PinBasedControls => (ulong)PinBasedControls.Default1,
        VmcsField.ProcessorBasedControls => (ulong)(ProcessorBasedControls.Default1 & ~VmxCapabilities.ProcessorBasedMayBeZero),
        _ => 0,
    };
}
