# arch/x86/kvm/mmu/spte.h
# An entry that is not present does not suppress #VE.
s/^#define SHADOW_NONPRESENT_VALUE\t.*/#define SHADOW_NONPRESENT_VALUE 0ULL/
