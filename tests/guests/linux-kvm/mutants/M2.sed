# arch/x86/kvm/mmu/tdp_mmu.c
# The bug that Linux commit 803482f472cc mended: the atomic zap writes 0 instead of the non-present value.
/^static .*tdp_mmu_zap_spte_atomic(/,/^}/s/__kvm_tdp_mmu_write_spte(iter->sptep, SHADOW_NONPRESENT_VALUE)/__kvm_tdp_mmu_write_spte(iter->sptep, 0)/
