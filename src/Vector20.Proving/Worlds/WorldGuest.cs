using Iced.Intel;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Worlds;

/// <summary>
/// The guest of a world: every piece of code that it may execute, and behind every vector a handler that ends the interrupt and waits. Between
/// two actions each vCPU is halted at CPL 0.
/// </summary>
internal sealed class WorldGuest
{
    /// <summary>INT with this vector is how code of CPL 3 comes back.</summary>
    public const byte ReturnVector = 0x81;

    private readonly Guest _guest;
    private readonly ulong[] _entries, _acts;
    private readonly ulong _done, _idle;

    private WorldGuest(Guest guest, ulong[] entries, ulong[] acts, ulong done, ulong idle)
    {
        _guest = guest;
        _entries = entries;
        _acts = acts;
        _done = done;
        _idle = idle;
    }

    /// <summary>Builds the guest into a computer; each processor is at its entry, to prepare itself and wait.</summary>
    public static WorldGuest Build(Computer computer, WorldOptions options)
    {
        var code = new WorldGuestCode(options);
        Guest guest = code.Builder.LoadInto(computer);
        foreach (Processor p in computer.Processors) guest.Enter(p);
        TestPages.Fill(computer.Memory, options.Mode);
        code.WriteTables(computer.Memory);
        ulong Address(Label label) => label.IsEmpty ? 0 : guest.AddressOf(label);
        return new WorldGuest(guest, [.. code.Entries.Select(Address)], [.. code.Acts.Select(Address)], Address(code.Done), code.Idle);
    }

    /// <summary>Whether the guest has a piece of code: not every piece makes sense in every mode.</summary>
    public bool Has(int piece) => _entries[piece] != 0;

    /// <summary>Has a processor that waits execute a piece of code. Its general registers begin as zeros.</summary>
    public void Start(Processor p, int piece)
    {
        for (int register = 0; register < 16; register++) p[register] = 0;
        _guest.Resume(p, _entries[piece]);
    }

    /// <summary>Whether a processor waits for work, and nothing but an interrupt or an action will make it go on.</summary>
    public bool IsIdle(Processor p) =>
        p.Activity == ActivityState.Hlt && p.Cpl == 0 && (p.InstructionPointer - _done <= 1 || p.InstructionPointer - _idle <= 1);

    /// <summary>Whether a processor is about to execute an instruction that acts on what others see.</summary>
    public bool IsAtAct(Processor p) => Array.IndexOf(_acts, p.InstructionPointer) >= 0;
}
