using System.Reflection;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors;

public sealed partial class Processor
{
    /// <summary>The fields that translated code reads and writes.</summary>
    internal static class StateFields
    {
        public static readonly FieldInfo Registers = Own(nameof(Processor.Registers));
        public static readonly FieldInfo Flags = Own(nameof(Processor.Flags));
        public static readonly FieldInfo Rip = Own(nameof(Processor.Rip));
        public static readonly FieldInfo Ticks = Own(nameof(Processor.Ticks));
        public static readonly FieldInfo Deadline = Own(nameof(Processor.Deadline));
        public static readonly FieldInfo TargetBias = Own(nameof(Processor.TargetBias));
        public static readonly FieldInfo TargetSpan = Own(nameof(Processor.TargetSpan));
        public static readonly FieldInfo Tlb = Own(nameof(_tlb));
        public static readonly FieldInfo DataTable = Own(nameof(Processor.DataTable));
        public static readonly FieldInfo TlbGeneration = Own(nameof(Processor.TlbGeneration));
        public static readonly FieldInfo Result = Of<StatusFlags>(StatusFlags.ResultField);
        public static readonly FieldInfo Carries = Of<StatusFlags>(StatusFlags.CarriesField);
        public static readonly FieldInfo ReadTag = Of<TlbEntry>(nameof(TlbEntry.ReadTag));
        public static readonly FieldInfo WriteTag = Of<TlbEntry>(nameof(TlbEntry.WriteTag));
        public static readonly FieldInfo Addend = Of<TlbEntry>(nameof(TlbEntry.Addend));

        private static FieldInfo Own(string name) => Of<Processor>(name);

        private static FieldInfo Of<T>(string name) =>
            typeof(T).GetField(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? throw new MissingFieldException(typeof(T).Name, name);
    }
}
