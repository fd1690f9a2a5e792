using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor;

/// <summary>The guest's memory as the hypervisor reaches it: by guest-physical address, through the slots.</summary>
internal static class GuestMemory
{
    /// <summary>Reads a naturally aligned value. False where no slot is.</summary>
    public static bool TryRead<T>(VirtualMachine vm, ulong guest, out T value) where T : unmanaged
    {
        value = default;
        if (vm.Mmu.Slots.Find(guest) is not { } slot) return false;
        value = vm.Computer.Memory.Read<T>(slot.Translate(guest));
        return true;
    }

    /// <summary>Reads 1 to 8 bytes inside one page.</summary>
    public static ulong Read(VirtualMachine vm, Memslot slot, ulong guest, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        vm.Computer.Memory.Read(slot.Translate(guest), bytes[..size]);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
