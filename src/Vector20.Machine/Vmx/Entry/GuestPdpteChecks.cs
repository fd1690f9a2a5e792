using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The page-directory-pointer-table entries of a guest that uses PAE paging: in the guest-state area with EPT, in memory without.</summary>
[Manual("3C", "27.3.1.6", "Checks on Guest Page-Directory-Pointer-Table Entries")]
internal static class GuestPdpteChecks
{
    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs, ref EntryFailureQualification failure)
    {
        bool longMode = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0;
        if (!ControlRegisterWrites.UsesPae(vmcs[VmcsField.GuestCr0], vmcs[VmcsField.GuestCr4], longMode ? Efer.LMA : 0)) return null;
        for (int i = 0; i < 4; i++)
        {
            if (PaePdptes.IsValid(Entry(p, vmcs, i), p.Model.PhysicalAddressBits)) continue;
            failure = EntryFailureQualification.Pdptes;
            return "a PDPTE has a reserved bit set";
        }

        return null;
    }

    /// <summary>The entry that VM entry loads.</summary>
    public static ulong Entry(Processor p, Vmcs vmcs, int index)
    {
        if ((p.Vmx.Secondary & SecondaryControls.EnableEpt) != 0) return vmcs[(VmcsField)((int)VmcsField.GuestPdpte0 + 2 * index)];
        return p.Computer.Memory.Read<ulong>(new PhysicalAddress((vmcs[VmcsField.GuestCr3] & 0xFFFF_FFE0) + 8 * (uint)index));
    }
}
