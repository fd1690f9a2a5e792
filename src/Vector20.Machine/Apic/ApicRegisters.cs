namespace Vector20.Machine.Apic;

/// <summary>What reading and writing each register means, however it is reached.</summary>
internal static class ApicRegisters
{
    /// <summary>Version 15H, seven LVT entries, EOI broadcasts can be suppressed.</summary>
    [Manual("3A", "11.4.8", "Local APIC Version Register")]
    public const uint Version = 1 << 24 | 6 << 16 | 0x15;

    public static uint Read(LocalApic apic, ApicRegister register)
    {
        ref LocalApicState state = ref apic.State;
        if (IsLvt(register, out LocalVectorEntry entry)) return state.Lvt[entry].Value;
        int index = ((int)register & 0x70) >> 4;
        return register switch
        {
            ApicRegister.Id => apic.Mode == ApicMode.X2Apic ? state.InitialId : (uint)state.XApicId << 24,
            ApicRegister.Version => Version,
            ApicRegister.TaskPriority => state.TaskPriority,
            ApicRegister.ArbitrationPriority => Priorities.Arbitration(apic),
            ApicRegister.ProcessorPriority => Priorities.Processor(apic),
            ApicRegister.LogicalDestination => state.LogicalDestination,
            ApicRegister.DestinationFormat => state.DestinationFormat,
            ApicRegister.SpuriousInterruptVector => state.SpuriousVector,
            >= ApicRegister.InService and < ApicRegister.TriggerMode => state.InService.Register(index),
            >= ApicRegister.TriggerMode and < ApicRegister.InterruptRequest => state.TriggerMode.Register(index),
            >= ApicRegister.InterruptRequest and < ApicRegister.ErrorStatus => state.Requested.Register(index),
            ApicRegister.ErrorStatus => (uint)state.ErrorStatus,
            ApicRegister.InterruptCommandLow => (uint)state.InterruptCommand,
            ApicRegister.InterruptCommandHigh => (uint)(state.InterruptCommand >> 32),
            ApicRegister.InitialCount => state.InitialCount,
            ApicRegister.CurrentCount => ApicTimer.CurrentCount(apic),
            ApicRegister.DivideConfiguration => state.DivideConfiguration,
            _ => 0,
        };
    }

    /// <summary>Writes a register other than the ICR's low half and SELF IPI. Reserved bits and read-only registers are left alone.</summary>
    public static void Write(LocalApic apic, ApicRegister register, uint value)
    {
        ref LocalApicState state = ref apic.State;
        if (IsLvt(register, out LocalVectorEntry entry))
        {
            LocalInterrupts.WriteEntry(apic, entry, value);
            return;
        }

        switch (register)
        {
            case ApicRegister.Id:
                state.XApicId = (byte)(value >> 24);
                break;
            case ApicRegister.TaskPriority:
                state.TaskPriority = (byte)value;
                apic.Client.InterruptsChanged();
                break;
            case ApicRegister.EndOfInterrupt:
                InterruptDelivery.EndOfInterrupt(apic);
                break;
            case ApicRegister.LogicalDestination:
                state.LogicalDestination = value & 0xFF00_0000;
                break;
            case ApicRegister.DestinationFormat:
                state.DestinationFormat = value | 0x0FFF_FFFF;
                break;
            case ApicRegister.SpuriousInterruptVector:
                WriteSpuriousVector(apic, value);
                break;
            case ApicRegister.ErrorStatus:
                ErrorReporting.Latch(apic);
                break;
            case ApicRegister.InterruptCommandHigh:
                state.InterruptCommand = (uint)state.InterruptCommand | (ulong)(value & 0xFF00_0000) << 32;
                break;
            case ApicRegister.InitialCount:
                ApicTimer.WriteInitialCount(apic, value);
                break;
            case ApicRegister.DivideConfiguration:
                ApicTimer.WriteDivide(apic, value);
                break;
        }
    }

    /// <summary>Which LVT entry a register is, if it is one.</summary>
    public static bool IsLvt(ApicRegister register, out LocalVectorEntry entry)
    {
        entry = register == ApicRegister.LvtCmci ? LocalVectorEntry.Cmci : (LocalVectorEntry)((register - ApicRegister.LvtTimer) >> 4);
        return register is ApicRegister.LvtCmci or (>= ApicRegister.LvtTimer and <= ApicRegister.LvtError) && ((int)register & 15) == 0;
    }

    /// <summary>Disabling the APIC by bit 8 masks every LVT entry, and they stay masked while it is disabled.</summary>
    [Manual("3A", "11.4.7.2", "Local APIC State After It Has Been Software Disabled")]
    private static void WriteSpuriousVector(LocalApic apic, uint value)
    {
        ref LocalApicState state = ref apic.State;
        ApicTimer.Advance(apic);
        state.SpuriousVector = value & SpuriousVector.Writable;
        if (!apic.SoftwareEnabled)
        {
            for (LocalVectorEntry entry = 0; entry <= LocalVectorEntry.Cmci; entry++)
                state.Lvt[entry] = new LocalVector(state.Lvt[entry].Value | LocalVector.Mask);
        }

        apic.Clock.DeadlineChanged();
        apic.Client.InterruptsChanged();
    }
}
