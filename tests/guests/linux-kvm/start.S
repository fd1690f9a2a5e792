/* Where the kernel enters /init. */
.globl _start
.text
_start:
    xor %ebp, %ebp
    and $-16, %rsp
    call vmm_main
    ud2
.section .note.GNU-stack, "", @progbits
