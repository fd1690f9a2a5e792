using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>How long a processor was where, in ticks of the clock. Time in which another processor has its turn counts too.</summary>
/// <param name="Root">Outside VMX non-root operation.</param>
/// <param name="NonRoot">In VMX non-root operation.</param>
public readonly record struct ProcessorTimes(ulong Root, ulong NonRoot);

/// <summary>
/// Counts VM entries and VM exits by guest, and the time in and outside guests by processor. Every entry and every exit comes by here, whether
/// the host is in C# or in machine code.
/// </summary>
public sealed class VmxAccounts
{
    /// <summary>How many guests are told apart: a host may make as many as it likes.</summary>
    public const int MostGuests = 256;

    private readonly Computer _computer;
    private readonly Dictionary<GuestIdentity, GuestAccount> _byIdentity = [];
    private readonly List<GuestAccount> _guests = [];
    private readonly Place[] _places;

    /// <summary>Begins to count. The guests of a host in C#, which is ready to enter them, come first, in the order of the processors.</summary>
    public VmxAccounts(Computer computer)
    {
        _computer = computer;
        _places = new Place[computer.Processors.Count];
        for (int i = 0; i < _places.Length; i++) _places[i].Since = computer.Now;
        foreach (Processor p in computer.Processors)
            if (p.Vmx.Handler is not null) AccountOf(GuestIdentity.Of(p));
    }

    /// <summary>Every guest, in the order of first entries.</summary>
    public IReadOnlyList<GuestAccount> Guests => _guests;

    /// <summary>The guest that a processor is in, or was in last; null if it never was in one.</summary>
    public GuestAccount? LastGuest(int processor) => _places[processor].Guest;

    /// <summary>Whether a processor is in a guest.</summary>
    public bool IsInGuest(int processor) => _places[processor].Inside;

    /// <summary>Where a processor has been, up to now.</summary>
    public ProcessorTimes TimesOf(int processor)
    {
        Place place = _places[processor];
        ulong open = _computer.Now - place.Since;
        return place.Inside ? new ProcessorTimes(place.Root, place.NonRoot + open) : new ProcessorTimes(place.Root + open, place.NonRoot);
    }

    /// <summary>Time in a guest, in ticks, up to now.</summary>
    public ulong TimeIn(GuestAccount guest)
    {
        ulong time = guest.Ticks;
        foreach (Place place in _places)
            if (place.Inside && place.Guest == guest) time += _computer.Now - place.Since;
        return time;
    }

    internal void Enter(Processor p)
    {
        ref Place place = ref _places[p.Index];
        GuestIdentity identity = GuestIdentity.Of(p);
        if (place.Guest is null || place.Guest.Identity != identity) place.Guest = AccountOf(identity);
        place.Guest.Entries++;
        Move(ref place, p.Now, inside: true);
    }

    internal void Exit(Processor p, ExitReason reason)
    {
        ref Place place = ref _places[p.Index];
        if (!place.Inside) return;
        place.Guest!.Ticks += p.Now - place.Since;
        place.Guest.Exits.Add(reason);
        Move(ref place, p.Now, inside: false);
    }

    internal void FailEntry(Processor p, ExitReason reason)
    {
        ref Place place = ref _places[p.Index];
        place.Guest = AccountOf(GuestIdentity.Of(p));
        place.Guest.Entries++;
        place.Guest.Exits.Add(reason);
    }

    private static void Move(ref Place place, ulong now, bool inside)
    {
        (place.Inside ? ref place.NonRoot : ref place.Root) += now - place.Since;
        place.Since = now;
        place.Inside = inside;
    }

    private GuestAccount AccountOf(in GuestIdentity identity)
    {
        if (_byIdentity.TryGetValue(identity, out GuestAccount? account)) return account;
        if (_guests.Count > MostGuests) return _guests[MostGuests];
        account = new GuestAccount(_guests.Count, _guests.Count == MostGuests ? null : identity);
        _guests.Add(account);
        if (account.Identity is not null) _byIdentity.Add(identity, account);
        return account;
    }

    /// <summary>Where a processor is, since when, and how long it has been in each before.</summary>
    private struct Place
    {
        public GuestAccount? Guest;
        public bool Inside;
        public ulong Since, Root, NonRoot;
    }
}
