using Vector20.Machine.Apic;
using Vector20.Machine.Platform;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Tests.Platform;

/// <summary>Whatever a guest writes where, and however much time passes, no device fails the host.</summary>
public class HostileAccessTests
{
    private static readonly ushort[] s_ports = [.. Ports(0x20, 2), .. Ports(0x40, 4), .. Ports(0x60, 5), .. Ports(0x70, 2), 0x80, 0x92, .. Ports(0xA0, 2),
        .. Ports(0x3C0, 0x20), .. Ports(0x3F8, 8), .. Ports(0x4D0, 2), .. Ports(0x600, 12), .. Ports(0xCF8, 8), 0xF4, 0x8900, 0xFFFF,
        .. Ports(0xE0, 12), .. Ports(0x510, 2), .. Ports(0x2000, 24)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_accesses_to_every_port_and_register_are_survived_and_repeatable(int seed)
    {
        byte[] first = Hammer(seed);
        Assert.Equal(first, Hammer(seed));
        Assert.NotEqual(first, Hammer(seed + 100));
    }

    private static byte[] Hammer(int seed)
    {
        var random = new Random(seed);
        using var pc = new PcFixture(new ComputerOptions { MemorySize = 1 << 20, Processors = 2 }, new PcOptions { TestDevice = true });
        LocalApic[] apics = [.. pc.Computer.Processors.Select(p => p.Apic)];
        for (int i = 0; i < 30_000; i++)
        {
            int size = 1 << random.Next(3);
            ushort port = s_ports[random.Next(s_ports.Length)];
            var value = (uint)random.NextInt64(1L << 32);
            LocalApic apic = apics[random.Next(2)];
            switch (random.Next(8))
            {
                case 0 or 1:
                    pc.Computer.Devices.WritePort(port, size, value);
                    break;
                case 2:
                    pc.Computer.Devices.ReadPort(port, size);
                    break;
                case 3:
                    ulong address = random.Next(3) switch
                    {
                        0 => PlatformLayout.IoApicBase + (ulong)random.Next(0x50),
                        1 => PlatformLayout.TestMemory + (ulong)random.Next(0x1_0000),
                        _ => PlatformLayout.HpetBase + (ulong)random.Next(0x160),
                    };
                    pc.Computer.Devices.WriteMemory(address, size * 2, value);
                    pc.Computer.Devices.ReadMemory(address, size * 2);
                    break;
                case 4:
                    int offset = random.Next(0x400) & ~(random.Next(4) == 0 ? 0 : 15);
                    apic.Write(offset, 4, value);
                    apic.Read(offset, size);
                    break;
                case 5:
                    apic.WriteMsr(0x800 + (uint)random.Next(0x40), random.Next(2) == 0 ? value : (ulong)random.NextInt64());
                    if (random.Next(20) == 0) apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | (ulong)random.Next(4) << 10);
                    break;
                case 6:
                    if (apic.HasDeliverableInterrupt) apic.AcknowledgeInterrupt();
                    apic.TscDeadline = value;
                    break;
                default:
                    PassTime(pc, random);
                    break;
            }
        }

        return [.. pc.Pc.Devices.SelectMany(device => device.StateBytes.ToArray()), .. apics.SelectMany(apic => apic.StateBytes.ToArray())];
    }

    /// <summary>Moves the clock itself: what the processors would do with the interrupts is of no interest here.</summary>
    private static void PassTime(PcFixture pc, Random random)
    {
        pc.Computer.Scheduler.State.Time += (ulong)random.NextInt64(1L << random.Next(40));
        foreach (IDevice device in pc.Pc.Devices)
            if (device is ITimedDevice timed && timed.NextDeadline <= pc.Computer.Now) timed.Advance();
        foreach (var p in pc.Computer.Processors) p.Apic.Advance();
    }

    private static IEnumerable<ushort> Ports(int first, int count) => Enumerable.Range(first, count).Select(port => (ushort)port);
}
