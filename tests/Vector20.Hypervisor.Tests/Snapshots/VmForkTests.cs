using System.Reflection;
using Vector20.Hypervisor.Apic;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;
using Vector20.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor.Tests.Snapshots;

/// <summary>A fork of a VM has everything that the original has, and shares nothing that changes.</summary>
public class VmForkTests
{
    public static TheoryData<VirtualApicMode, int> Apics { get; } = new()
    {
        { VirtualApicMode.Bare, 1 }, { VirtualApicMode.Bare, 2 }, { VirtualApicMode.Emulated, 1 }, { VirtualApicMode.Emulated, 2 }, { VirtualApicMode.Apicv, 1 }, { VirtualApicMode.Apicv, 2 },
    };

    [Theory, MemberData(nameof(Apics))]
    public void Fork_and_original_go_on_alike_to_the_last_bit(VirtualApicMode apic, int vcpus)
    {
        using VmFixture f = Counting(apic, vcpus);
        f.Run(3000);
        using Computer fork = f.Computer.Fork();
        VirtualMachine vm = f.Vm.Fork(fork);
        f.Run(5000);
        vm.Run(5000);
        Assert.Equal(StateHash.Of(f.Computer), StateHash.Of(fork));
        Assert.Equal(VmState.Alive, vm.State);
        Assert.Equal(Table(f.Vm), Table(vm));
    }

    [Theory, MemberData(nameof(Apics))]
    public void What_is_done_to_a_fork_the_original_does_not_see(VirtualApicMode apic, int vcpus)
    {
        using VmFixture f = Counting(apic, vcpus);
        DirtyLog.Start(f.Vm.Mmu, 0);
        f.Run(3000);
        string before = Table(f.Vm);
        UInt128 hash = StateHash.Of(f.Computer);
        using Computer fork = f.Computer.Fork();
        VirtualMachine vm = f.Vm.Fork(fork);
        vm.Vcpus[0].Apic?.Receive(new ApicMessage(DeliveryMode.Nmi, 0));
        HostEvents.SetBitmap(vm.Vcpus[0], all: true);
        HostEvents.Inject(vm.Vcpus[0], 13);
        Zap.Begin(vm.Mmu, vm.Mmu.Find(new GuestPhysicalAddress(GuestLayout.Data)));
        SlotChanges.Add(vm.Mmu, new Memslot(9, 1ul << 40, 4096, 0));
        vm.Run(2000);
        Assert.NotEqual(Table(f.Vm), Table(vm));
        Assert.Equal(before, Table(f.Vm));
        Assert.Equal(hash, StateHash.Of(f.Computer));
    }

    [Theory, MemberData(nameof(Apics))]
    public void Nothing_that_changes_is_shared(VirtualApicMode apic, int vcpus)
    {
        using VmFixture f = Counting(apic, vcpus);
        DirtyLog.Start(f.Vm.Mmu, 0);
        f.Run(3000);
        using Computer fork = f.Computer.Fork();
        VirtualMachine vm = f.Vm.Fork(fork);
        Check(f.Vm, vm, "Options", "Digests");
        Check(f.Vm.Pages, vm.Pages);
        Check(f.Vm.Mmu, vm.Mmu);
        Check(f.Vm.Mmu.Slots, vm.Mmu.Slots, "_byId");
        Assert.NotSame(f.Vm.Mmu.DirtyBitmaps[0], vm.Mmu.DirtyBitmaps[0]);
        Assert.Equal(f.Vm.Mmu.DirtyBitmaps[0], vm.Mmu.DirtyBitmaps[0]);
        for (int i = 0; i < vcpus; i++)
        {
            Check(f.Vm.Vcpus[i], vm.Vcpus[i]);
            Assert.Same(vm.Computer, vm.Vcpus[i].Processor.Computer);
            if (f.Vm.Vcpus[i].ApicPage is { } page) Check(page, vm.Vcpus[i].ApicPage!);
            if (f.Vm.Vcpus[i].Apic is { } own) Check(own, vm.Vcpus[i].Apic!, "Options");
        }
    }

    [Fact]
    public void Every_value_is_copied()
    {
        using VmFixture f = Counting(VirtualApicMode.Apicv, 2);
        f.Run(3000);
        AssertCopied(f, vm => vm);
        AssertCopied(f, vm => vm.Mmu, "TellsOfNewTables");
        AssertCopied(f, vm => vm.Mmu.Slots);
        AssertCopied(f, vm => vm.Pages);
        AssertCopied(f, vm => vm.Vcpus[1]);
        AssertCopied(f, vm => vm.Vcpus[1].ApicPage!);
    }

    /// <summary>Free pages and the list of tables are shared until one of the two changes them.</summary>
    [Fact]
    public void A_table_made_or_freed_in_one_of_the_two_is_not_seen_in_the_other()
    {
        using VmFixture f = Counting(VirtualApicMode.Apicv, 1);
        f.Run(3000);
        using Computer computer = f.Computer.Fork();
        VirtualMachine fork = f.Vm.Fork(computer);
        (ulong[] Tables, int Free) before = TablesOf(f.Vm);
        Zap.All(fork.Mmu);
        Assert.NotEqual(before.Tables, TablesOf(fork).Tables);
        Assert.Equal(before.Tables, TablesOf(f.Vm).Tables);
        Assert.Equal(before.Free, TablesOf(f.Vm).Free);
        (ulong[] Tables, int Free) zapped = TablesOf(fork);
        f.Run(3000);
        Zap.All(f.Vm.Mmu);
        Assert.Equal(zapped.Tables, TablesOf(fork).Tables);
        Assert.Equal(zapped.Free, TablesOf(fork).Free);
    }

    [Fact]
    public void A_VM_that_was_ended_is_forked_with_the_reason()
    {
        using VmFixture f = Counting(VirtualApicMode.Apicv, 1);
        f.Vm.EndUnhandled("Xsetbv", "it has no handler");
        using Computer fork = f.Computer.Fork();
        VirtualMachine vm = f.Vm.Fork(fork);
        Assert.Equal((VmState.Failed, "it has no handler", "Xsetbv"), (vm.State, vm.Why, vm.Unhandled));
        Assert.True(vm.Run(100).Refused);
    }

    /// <summary>Guests that count in memory and send themselves interrupts for good.</summary>
    private static VmFixture Counting(VirtualApicMode apic, int vcpus)
    {
        var f = new VmFixture(
            a =>
            {
                Iced.Intel.Label loop = a.CreateLabel();
                a.mov(rbx, GuestLayout.Data);
                a.Label(ref loop);
                a.inc(__qword_ptr[rbx]);
                a.cpuid();
                a.mov(rbx, GuestLayout.Data);
                a.jmp(loop);
            },
            options: new HypervisorOptions { Apic = apic }, processors: vcpus);
        return f;
    }

    private static (ulong[] Tables, int Free) TablesOf(VirtualMachine vm) => ([.. vm.Mmu.Tables.Keys.Order()], vm.Pages.Available);

    private static string Table(VirtualMachine vm)
    {
        var fingerprint = new Fingerprint();
        Hypervisor.Snapshots.CanonicalVm.Add(fingerprint, vm, null);
        return fingerprint.Finish().ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What belongs to the observers stays with the original.</summary>
    private static void AssertCopied(VmFixture f, Func<VirtualMachine, object> part, params string[] ofObservers)
    {
        object original = part(f.Vm);
        foreach (FieldInfo field in StateFields.Of(original.GetType(), ofObservers).Where(field => field.FieldType.IsValueType && !field.IsInitOnly || Nullable.GetUnderlyingType(field.FieldType) is not null))
        {
            object? before = field.GetValue(original);
            StateFields.Change(original, field);
            using Computer fork = f.Computer.Fork();
            Assert.True(Equals(FirstOf(field.GetValue(original)), FirstOf(field.GetValue(part(f.Vm.Fork(fork))))), $"{original.GetType().Name}.{StateFields.NameOf(field)} is not copied");
            field.SetValue(original, before);
        }
    }

    /// <summary>The number within a value that <see cref="StateFields.Change"/> changes.</summary>
    private static object? FirstOf(object? value) => value is null || value.GetType().IsPrimitive || value.GetType().IsEnum
        ? value
        : FirstOf(value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)[0].GetValue(value));

    private static void Check(object original, object fork, params string[] shared)
    {
        foreach (FieldInfo field in StateFields.Of(original.GetType(), shared).Where(field => !field.FieldType.IsValueType))
        {
            object? value = field.GetValue(original);
            Assert.False(value is not null && ReferenceEquals(value, field.GetValue(fork)), $"{original.GetType().Name}.{StateFields.NameOf(field)} is shared");
        }
    }
}
