using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>
/// When the assistance of an instruction was in vain. A guest may leave between the VM entry that assists and the instruction, for an interrupt
/// of the host's: the next entry assists nothing, and what exits then has had no help yet.
/// </summary>
public class AssistanceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_an_instruction_that_was_entered_with_assistance_had_it_in_vain(bool assisted)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        Processor p = computer.Processors[0];
        p.Vmx.Assist(0xFEE0_0000, new NoDevice());
        AssistedAccess.Begin(p);
        p.Vmx.AssistedMemory = assisted ? p.Vmx.AssistedMemory : null;
        AssistedAccess.Begin(p);
        Assert.Equal(assisted, p.Vmx.AssistedInVain(p.Now + 1));
    }

    private sealed class NoDevice : IAssistedMemory
    {
        public ulong Read(ulong guestPhysical, int size) => 0;

        public void Write(ulong guestPhysical, int size, ulong value)
        {
        }
    }
}
