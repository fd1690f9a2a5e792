# arch/x86/kvm/mmu/spte.c
# An entry that is present does not suppress #VE.
/^void kvm_mmu_set_ept_masks(/,/^}/s/ | VMX_EPT_SUPPRESS_VE_BIT;/;/
