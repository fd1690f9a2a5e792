using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>The accounts of VM entries, VM exits and time, of hosts in machine code.</summary>
public class AccountTests
{
    [Fact]
    [Manual("3C", "28", "VM Exits")]
    public void Exits_are_counted_by_guest_and_the_time_adds_up()
    {
        using MachineHost host = Counted(HostCode.Whole(a => { a.cpuid(); a.cpuid(); }, SkipAndResume));
        VmxAccounts accounts = host.Run().AssertFinished().Guest.Computer.VmxAccounts!;
        GuestAccount guest = Assert.Single(accounts.Guests);
        Assert.Equal(MachineHost.Region, guest.Identity!.Value.Vmcs);
        Assert.Equal(host.Vmx.Vmcs[VmcsField.EptPointer], guest.Identity.Value.EptPointer);
        Assert.Equal((2L, 1L, 3L), (guest.Exits[ExitReason.Cpuid], guest.Exits[ExitReason.Vmcall], guest.Entries));
        ProcessorTimes times = accounts.TimesOf(0);
        Assert.Equal(host.Guest.Computer.Now, times.Root + times.NonRoot);
        Assert.Equal((4ul, 4ul), (accounts.TimeIn(guest), times.NonRoot));
    }

    [Theory]
    [InlineData(VmcsField.GuestRflags, 0ul, 1)]
    [InlineData(VmcsField.HostCsSelector, 0ul, 0)]
    [Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
    public void An_entry_that_fails_on_guest_state_is_an_entry_and_an_exit_and_a_VMfail_is_neither(VmcsField field, ulong value, int exits)
    {
        using MachineHost host = Counted(HostCode.Whole(_ => { }, _ => { }, f => f[field] = value));
        VmxAccounts accounts = host.Run().AssertFinished().Guest.Computer.VmxAccounts!;
        Assert.Equal(exits, accounts.Guests.Count);
        Assert.All(accounts.Guests, guest => Assert.Equal((1L, 1L), (guest.Entries, guest.Exits[ExitReason.EntryFailureInvalidGuestState])));
        Assert.Equal(0ul, accounts.TimesOf(0).NonRoot);
    }

    /// <summary>When an observer is told of an exit, the VMCS says all of it; of an entry, what it injects.</summary>
    [Fact]
    [Manual("3C", "28.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields")]
    public void An_observer_of_an_exit_finds_it_in_the_VMCS()
    {
        using var host = new MachineHost(HostCode.Whole(a => { a.nop(); a.cpuid(); }, SkipAndResume));
        var watcher = new Watcher(host.Vmx);
        host.Guest.Computer.EventObserver = watcher;
        host.Run().AssertFinished();
        Assert.Equal([EventStepKind.VmEntry, EventStepKind.VmExit, EventStepKind.VmEntry, EventStepKind.VmExit], watcher.Seen.Select(seen => seen.Kind));
        Assert.Equal([(ulong)ExitReason.Cpuid, (ulong)ExitReason.Vmcall], watcher.Seen.Where(seen => seen.Kind == EventStepKind.VmExit).Select(seen => seen.Reason));
        Assert.Equal(watcher.Seen[0].Rip + 2, watcher.Seen[1].Rip);
    }

    [Fact]
    public void Guests_without_room_are_counted_together()
    {
        using MachineHost host = Counted(HostCode.Whole(a => a.cpuid(), SkipAndResume));
        VmxAccounts accounts = host.Guest.Computer.VmxAccounts!;
        for (ulong i = 1; i <= VmxAccounts.MostGuests + 3; i++)
        {
            host.Vmx.Vmcs[VmcsField.ProcessorBasedControls] = (ulong)ProcessorBasedControls.ActivateSecondaryControls;
            host.Vmx.Vmcs[VmcsField.SecondaryProcessorBasedControls] = (ulong)SecondaryControls.EnableEpt;
            host.Vmx.Vmcs[VmcsField.EptPointer] = i << 12;
            accounts.FailEntry(host.Processor, ExitReason.EntryFailureInvalidGuestState);
        }

        Assert.Equal(VmxAccounts.MostGuests + 1, accounts.Guests.Count);
        Assert.Null(accounts.Guests[^1].Identity);
        Assert.Equal(3, accounts.Guests[^1].Entries);
    }

    /// <summary>The host goes on behind the instruction that exited, and ends at VMCALL.</summary>
    private static void SkipAndResume(HostCode c)
    {
        Label end = c.A.CreateLabel();
        c.Read(VmcsField.ExitReason);
        c.A.cmp(eax, (int)ExitReason.Vmcall);
        c.A.je(end);
        c.SkipInstruction();
        c.A.vmresume();
        c.A.Label(ref end);
        c.A.nop();
    }

    private static MachineHost Counted(Action<HostCode> code)
    {
        var host = new MachineHost(code);
        host.Guest.Computer.VmxAccounts = new VmxAccounts(host.Guest.Computer);
        return host;
    }

    private sealed class Watcher(VmxState vmx) : IEventObserver
    {
        public List<(EventStepKind Kind, ulong Reason, ulong Rip)> Seen { get; } = [];

        public void OnStep(in EventStep step)
        {
            if (step.Kind is EventStepKind.VmEntry or EventStepKind.VmExit) Seen.Add((step.Kind, vmx.Vmcs[VmcsField.ExitReason], vmx.Vmcs[VmcsField.GuestRip]));
        }
    }
}
