using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>A VMCS of garbage enters or fails; it never harms the machine beneath.</summary>
public class HostileVmcsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 20)]
    public void Fields_of_random_values_never_crash_or_hang(int seed, int fields)
    {
        var random = new Random(seed);
        int entered = 0, failed = 0;
        for (int i = 0; i < 60; i++)
        {
            using VmxGuest guest = VmxGuest.Build(a => { a.cpuid(); a.@int(0x40); a.mov(__dword_ptr[GuestLayout.Data], eax); }, v => Spoil(v, random, fields),
                new GuestBuilder().Flags(Eflags.IF));
            guest.OnExit = g =>
            {
                g.Vmcs[VmcsField.GuestRip] += g.Vmcs[VmcsField.VmExitInstructionLength];
                if (g.Exits.Count > 10) g.Stay();
            };
            ulong before = guest.Processor.Ticks;
            guest.Guest.Run(200);
            Assert.True(guest.Processor.Ticks - before <= 200);
            if (guest.Failures.Count > 0 || guest.Processor.Vmx.FailedRule is not null) failed++;
            else entered++;
        }

        Assert.True(failed > 0);
        Assert.True(entered > 0 || fields > 3);
    }

    /// <summary>Random bits, single bits, and addresses of RAM: what passes checks more often than plain noise does.</summary>
    private static void Spoil(Vmcs vmcs, Random random, int fields)
    {
        for (int i = 0; i < fields; i++)
        {
            VmcsField field = VmcsFields.All[random.Next(VmcsFields.All.Count)];
            vmcs[field] = random.Next(3) switch
            {
                0 => (ulong)random.NextInt64(),
                1 => vmcs[field] ^ 1ul << random.Next(64),
                _ => (ulong)random.Next(1024) << 12,
            };
        }
    }
}
