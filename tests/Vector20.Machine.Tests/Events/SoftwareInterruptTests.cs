using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Events;

/// <summary>INT n reaches every vector (claim C7), and returns to the next instruction.</summary>
[Manual("2A", "3.3", "INT n/INTO/INT3/INT1 - Call to Interrupt Procedure")]
public class SoftwareInterruptTests
{
    public static TheoryData<GuestMode, int> Modes => new()
    {
        { GuestMode.Real, 0 },
        { GuestMode.Protected16, 0 }, { GuestMode.Protected16, 3 },
        { GuestMode.Protected, 0 }, { GuestMode.Protected, 3 },
        { GuestMode.Compatibility, 0 }, { GuestMode.Compatibility, 3 },
        { GuestMode.Long, 0 }, { GuestMode.Long, 3 },
    };

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.3.3", "Software-Generated Interrupts")]
    public void INT_n_reaches_all_256_vectors_without_error_code_and_returns_behind_itself(GuestMode mode, int cpl)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Handlers(HandlerEnd.Return).Code(EveryInterrupt).Load();
        guest.Run(100_000);
        Assert.True(guest.Finished);
        Assert.Equal(256, guest.HandledCount);
        Assert.All(guest.Log, (handled, vector) =>
        {
            Assert.Equal((byte)vector, handled.Vector);
            Assert.Null(handled.ErrorCode);
            Assert.Equal(GuestLayout.Code + 2 * (ulong)(vector + 1), handled.ReturnRip);
        });
    }

    private static void EveryInterrupt(Assembler a)
    {
        for (int vector = 0; vector < 256; vector++) a.db(0xCD, (byte)vector);
    }
}
