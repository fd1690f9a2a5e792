namespace Vector20.Machine.Vmx;

/// <summary>What a hypervisor puts behind a guest-physical page that it emulates.</summary>
public interface IAssistedMemory
{
    /// <summary>Reads 1 to 8 bytes.</summary>
    ulong Read(ulong guestPhysical, int size);

    /// <summary>Writes 1 to 8 bytes.</summary>
    void Write(ulong guestPhysical, int size, ulong value);
}
