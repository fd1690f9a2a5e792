using Vector20.Hypervisor;
using Vector20.Hypervisor.Check;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>
/// C13: a VMX (not TD) guest must never see #VE: with the check on, every entry the hypervisor writes suppresses it or cannot raise it (an MMIO
/// misconfiguration), bit 20 of the exception bitmap is set, and a #VE exit kills the VM (KVM_BUG_ON) with a dump.
/// </summary>
[Manual("3C", "26.5.7", "Virtualization Exceptions")]
public class C13AGuestNeverSeesVe
{
    public static TheoryData<HypervisorBugs, TouchedEntry, TouchAccess> BugsAndWhatReachesThem => new()
    {
        { HypervisorBugs.NonpresentWithoutSuppress, TouchedEntry.NotPresent, TouchAccess.Read },
        { HypervisorBugs.ZapWritesZero, TouchedEntry.Zapped, TouchAccess.Read },
        { HypervisorBugs.MappedWithoutSuppress, TouchedEntry.ReadOnly, TouchAccess.Write },
        { HypervisorBugs.MappedWithoutSuppress, TouchedEntry.WriteProtected, TouchAccess.Write },
        { HypervisorBugs.FrozenWithoutSuppress, TouchedEntry.Frozen, TouchAccess.Read },
        { HypervisorBugs.AccessTrackedWithoutSuppress, TouchedEntry.AccessTracked, TouchAccess.Read },
        { HypervisorBugs.SplitWithoutSuppress, TouchedEntry.Split, TouchAccess.Write },
    };

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void No_touch_of_any_entry_in_any_way_reaches_the_check(CpuMode mode)
    {
        foreach (TouchedEntry entry in Enum.GetValues<TouchedEntry>())
        {
            foreach (TouchAccess access in Enum.GetValues<TouchAccess>())
            {
                var question = new Question(new TouchSource(entry, access, null, null, false), In(mode, VirtualApicMode.Emulated));
                if (Refusals.Of(question) is not null) continue;
                Verdict verdict = Ask(question.Source, question.Options).Verdict;
                Assert.True(verdict is Verdict.Alive or Verdict.Stopped, $"{entry} {access}: {verdict}");
            }
        }
    }

    [Fact]
    public void Every_entry_that_the_hypervisor_writes_suppresses_ve_or_is_a_misconfiguration()
    {
        List<EntryWrite> unsafeWrites = UnsafeWrites(HypervisorBugs.None);
        Assert.Empty(unsafeWrites);
    }

    [Theory]
    [InlineData(HypervisorBugs.NonpresentWithoutSuppress)]
    [InlineData(HypervisorBugs.ZapWritesZero)]
    [InlineData(HypervisorBugs.MappedWithoutSuppress)]
    [InlineData(HypervisorBugs.FrozenWithoutSuppress)]
    [InlineData(HypervisorBugs.AccessTrackedWithoutSuppress)]
    [InlineData(HypervisorBugs.SplitWithoutSuppress)]
    public void Control_with_each_bug_some_entry_does_not(HypervisorBugs bug) => Assert.NotEmpty(UnsafeWrites(bug));

    [Theory, MemberData(nameof(BugsAndWhatReachesThem))]
    public void Control_with_each_bug_some_touch_kills_the_vm(HypervisorBugs bug, TouchedEntry entry, TouchAccess access)
    {
        foreach (CpuMode mode in (CpuMode[])[CpuMode.Protected, CpuMode.Compat, CpuMode.Long])
        {
            Answer answer = Ask(new TouchSource(entry, access, null, null, false), In(mode, VirtualApicMode.Emulated, bugs: bug));
            Assert.Equal(Verdict.Killed, answer.Verdict);
            Assert.NotNull(answer.Dump);
        }
    }

    [Fact]
    public void Bit_20_of_the_exception_bitmap_is_set_and_the_area_is_a_page_of_the_hypervisor()
    {
        using var stage = NewStage(HypervisorBugs.None);
        Vmcs vmcs = stage.Vm!.Vcpus[0].Vmcs;
        Assert.NotEqual(0ul, vmcs[VmcsField.ExceptionBitmap] & 1 << 20);
        Assert.NotEqual(0ul, vmcs[VmcsField.SecondaryProcessorBasedControls] & (ulong)SecondaryControls.EptViolationVe);
        Assert.True(vmcs[VmcsField.VirtualizationExceptionInformationAddress] >= stage.Vm.GuestMemorySize);
    }

    [Fact]
    public void Control_without_bit_20_the_guest_itself_receives_ve()
    {
        var touch = new TouchSource(TouchedEntry.NotPresent, TouchAccess.Read, false, null, false);
        Assert.Equal(Verdict.GuestReceivedVe, Ask(touch, In(CpuMode.Long, VirtualApicMode.Emulated, bugs: HypervisorBugs.BitmapMissesVe)).Verdict);
    }

    [Fact]
    public void Control_without_an_information_page_the_area_is_the_guests_own_memory()
    {
        using var stage = NewStage(HypervisorBugs.VeInfoPageMissing);
        Assert.True(stage.Vm!.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress] < stage.Vm.GuestMemorySize);
    }

    [Fact]
    public void A_ve_exit_kills_the_vm_with_a_dump_and_every_later_run_is_refused()
    {
        using var stage = NewStage(HypervisorBugs.NonpresentWithoutSuppress);
        Zap.All(stage.Vm!.Mmu);
        VmRun run = stage.Vm.Run(1000);
        Assert.Equal(VmState.Killed, run.State);
        Assert.False(run.Refused);
        VeDump dump = Assert.Single(stage.Vm.Dumps);
        Assert.Equal(48u, dump.Information!.ExitReason);
        Assert.Equal(uint.MaxValue, dump.Information.Busy);
        VmRun again = stage.Vm.Run(1000);
        Assert.True(again.Refused);
        Assert.Equal(run.Why, again.Why);
    }

    [Theory]
    [InlineData(HardwareFaults.VeIgnoresSuppress, true)]
    [InlineData(HardwareFaults.VeWhenAdOff, false)]
    public void Control_silicon_that_ignores_bit_63_reaches_the_check(HardwareFaults fault, bool accessedDirty)
    {
        var touch = new TouchSource(TouchedEntry.NotPresent, TouchAccess.Read, null, accessedDirty, false);
        Assert.Equal(Verdict.Killed, Ask(touch, In(CpuMode.Long, VirtualApicMode.Emulated, fault)).Verdict);
        Assert.Equal(Verdict.Alive, Ask(touch, In(CpuMode.Long, VirtualApicMode.Emulated)).Verdict);
    }

    /// <summary>Everything that the hypervisor writes while a guest touches each kind of entry, less what is safe.</summary>
    private static List<EntryWrite> UnsafeWrites(HypervisorBugs bugs)
    {
        var found = new List<EntryWrite>();
        foreach (TouchedEntry entry in Enum.GetValues<TouchedEntry>())
        {
            var question = new Question(new TouchSource(entry, TouchAccess.Write, null, null, false), In(CpuMode.Long, VirtualApicMode.Emulated, bugs: bugs));
            Plan plan = PlanOf.Question(question);
            using var stage = new Stage(question.Options, plan, accessedDirty: entry != TouchedEntry.AccessTracked);
            stage.Vm!.Mmu.Writing = write =>
            {
                if (write.State is not null && !IsSafe(write)) found.Add(write);
            };
            stage.RunToAct();
            plan.Arrange(stage);
            stage.RunToEnd();
        }

        return found;
    }

    /// <summary>Bit 63 is ignored in an entry that references a table, and a misconfiguration is never converted.</summary>
    private static bool IsSafe(EntryWrite write) =>
        write.State == ShadowEntryState.Table || (write.New & EptBits.SuppressVe) != 0 || (write.New & EptBits.Permissions) == (EptBits.Write | EptBits.Execute);

    private static Stage NewStage(HypervisorBugs bugs)
    {
        var question = new Question(new IntSource(32), In(CpuMode.Long, VirtualApicMode.Emulated, bugs: bugs));
        return new Stage(question.Options, PlanOf.Question(question));
    }
}
