using System.Reflection;
using Xunit;

namespace Vector20.Testing;

/// <summary>Fields found and changed by reflection, so that a test covers those that do not exist yet.</summary>
internal static class StateFields
{
    /// <summary>What is derived from other fields, only caches, holds nothing between two instructions, or belongs to the host.</summary>
    public static string[] NotOfProcessor { get; } =
    [
        "Computer", "Index", "Model", "Apic", "Vmx", "Msrs",
        "Context", "CodeGeneration", "Mode", "DataMode", "SegmentChecks", "_limitedSegments", "_loadedFrom", "LinearMask", "InstructionPointerMask", "StackMask", "CodeLimit", "TargetBias", "TargetSpan",
        "Attention", "_eventsWanted",
        "Extended", "Usable",
        "_tlb", "_guestPhysical", "CachedTables", "DataTable", "_slowlyRead", "TlbGeneration", "TranslatedIn", "_translatesGuest", "_setAside", "Jumps", "_block",
        "Ticks", "Deadline", "OperationIndex", "OperationLimit", "Careful", "StepsAtStart", "ShadowAtStart", "TrapsAtStart", "Executing",
        "IretUnblockedNmis", "_delivering", "IsDelivering", "StopReason", "Raised", "Exit", "UnsupportedWhat",
    ];

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The instance fields of a type, but those named. A name that is no field fails, so that lists do not go stale.</summary>
    public static IEnumerable<FieldInfo> Of(Type type, params string[] without)
    {
        FieldInfo[] fields = type.GetFields(Instance);
        string[] unknown = [.. without.Where(name => fields.All(field => NameOf(field) != name))];
        Assert.True(unknown.Length == 0, $"no such fields of {type.Name}: {string.Join(", ", unknown)}");
        return fields.Where(field => !without.Contains(NameOf(field)));
    }

    /// <summary>The field's name; for an automatic property, the property's.</summary>
    public static string NameOf(FieldInfo field) => field.Name is ['<', .. var rest] ? rest[..rest.IndexOf('>')] : field.Name;

    /// <summary>Changes a field, or the first number within it: to 0, or if it is 0 to 1.</summary>
    public static void Change(object owner, FieldInfo field)
    {
        object? value = field.GetValue(owner);
        if (value is Array array) array.SetValue(Changed(array.GetValue(0)!), 0);
        else field.SetValue(owner, Changed(value ?? Activator.CreateInstance(Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType)!));
    }

    private static object Changed(object value)
    {
        Type type = value.GetType();
        if (value is bool flag) return !flag;
        if (type.IsEnum) return Enum.ToObject(type, Changed(Convert.ChangeType(value, type.GetEnumUnderlyingType())));
        if (type.IsPrimitive) return Convert.ToDecimal(value) == 0 ? Convert.ChangeType(1, type) : Convert.ChangeType(0, type);
        Change(value, type.GetFields(Instance)[0]);
        return value;
    }
}
