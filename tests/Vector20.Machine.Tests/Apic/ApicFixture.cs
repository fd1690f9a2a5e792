using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Local APICs on a fabric, with recording processors and a clock that the test moves.</summary>
internal sealed class ApicFixture : IApicClock
{
    public ApicFixture(int count = 4, bool x2 = false, ApicOptions? options = null, HardwareFaults faults = HardwareFaults.None)
    {
        Apics = new LocalApic[count];
        Processors = new RecordingProcessor[count];
        for (int i = 0; i < count; i++)
        {
            Processors[i] = new RecordingProcessor();
            Apics[i] = new LocalApic((uint)i, Processors[i], this, Fabric, options ?? new ApicOptions(), faults);
            if (x2) Assert.True(Apics[i].WriteBaseAddressRegister(Apics[i].BaseAddressRegister | ApicBase.Extended));
            Apics[i].Set(ApicRegister.SpuriousInterruptVector, 0x1FF);
        }
    }

    public ApicFabric Fabric { get; } = new();

    public LocalApic[] Apics { get; }

    public RecordingProcessor[] Processors { get; }

    public ulong Now { get; private set; }

    public ulong TimeStampOffset { get; set; }

    /// <summary>Time passes, and timers fire exactly when they are due.</summary>
    public void Pass(ulong ticks)
    {
        ulong end = Now + ticks;
        while (true)
        {
            ulong next = Apics.Min(apic => apic.NextDeadline);
            if (next > end) break;
            Now = Math.Max(Now, next);
            foreach (LocalApic apic in Apics) apic.Advance();
        }

        Now = end;
    }

    void IApicClock.DeadlineChanged()
    {
    }
}

/// <summary>A processor that counts what its APIC tells it.</summary>
internal sealed class RecordingProcessor : IApicClient
{
    public int Nmis { get; private set; }

    public int Smis { get; private set; }

    public int Inits { get; private set; }

    public List<byte> StartUps { get; } = [];

    public void InterruptsChanged()
    {
    }

    public void Nmi() => Nmis++;

    public void Smi() => Smis++;

    public void Init() => Inits++;

    public void StartUp(byte vector) => StartUps.Add(vector);
}

/// <summary>Reaching registers in whichever mode the APIC is.</summary>
internal static class ApicAccess
{
    public static uint Get(this LocalApic apic, ApicRegister register)
    {
        if (apic.Mode != ApicMode.X2Apic) return (uint)apic.Read((int)register, 4);
        Assert.True(apic.ReadMsr(Msr(register), out ulong value));
        return (uint)value;
    }

    public static void Set(this LocalApic apic, ApicRegister register, uint value)
    {
        if (apic.Mode != ApicMode.X2Apic) apic.Write((int)register, 4, value);
        else Assert.True(apic.WriteMsr(Msr(register), value));
    }

    public static uint Msr(ApicRegister register) => 0x800 + ((uint)register >> 4);

    /// <summary>Sends an IPI as software does.</summary>
    public static void Send(
        this LocalApic apic, DeliveryMode mode, byte vector, DestinationShorthand shorthand = DestinationShorthand.None, uint destination = 0, bool logical = false)
    {
        if (apic.Mode == ApicMode.X2Apic)
        {
            Assert.True(apic.WriteMsr(Msr(ApicRegister.InterruptCommandLow), InterruptCommand.MakeX2(mode, vector, shorthand, destination, logical).Value));
            return;
        }

        ulong value = InterruptCommand.Make(mode, vector, shorthand, (byte)destination, logical).Value;
        apic.Set(ApicRegister.InterruptCommandHigh, (uint)(value >> 32));
        apic.Set(ApicRegister.InterruptCommandLow, (uint)value);
    }

    /// <summary>The ESR as software reads it: after a write.</summary>
    public static ErrorStatus ReadErrors(this LocalApic apic)
    {
        apic.Set(ApicRegister.ErrorStatus, 0);
        return (ErrorStatus)apic.Get(ApicRegister.ErrorStatus);
    }

    /// <summary>Whether a vector's IRR bit is set.</summary>
    public static bool Requests(this LocalApic apic, byte vector) => Bit(apic, ApicRegister.InterruptRequest, vector);

    /// <summary>Whether a vector's ISR bit is set.</summary>
    public static bool Serves(this LocalApic apic, byte vector) => Bit(apic, ApicRegister.InService, vector);

    /// <summary>Whether a vector's TMR bit is set.</summary>
    public static bool IsLevel(this LocalApic apic, byte vector) => Bit(apic, ApicRegister.TriggerMode, vector);

    private static bool Bit(LocalApic apic, ApicRegister first, byte vector) =>
        (apic.Get((ApicRegister)((int)first + (vector >> 5) * 16)) >> (vector & 31) & 1) != 0;
}
