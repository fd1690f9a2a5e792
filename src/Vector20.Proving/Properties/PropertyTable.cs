namespace Vector20.Proving.Properties;

/// <summary>The properties that are there, by name. Each call makes an object of its own.</summary>
public static class PropertyTable
{
    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<Func<Property>> All { get; } =
    [
        () => new NoVe(), () => new CheckArmed(), () => new NoLostEvent(), () => new NoIllegalVector(), () => new ReservedVectors(), () => new ExitsHandled(), () => new GuestIsolated(),
        () => new DecisionRules(),
    ];

    /// <summary>What makes the property of a name, or null.</summary>
    public static Func<Property>? Find(string name) => All.FirstOrDefault(make => make().Name == name);
}
