/*
 * What the VMs execute: three blobs for each width, copied to fixed addresses of the guest. A port written says where the guest is:
 * 10 the beginning, 11 the vector that a handler was entered for, 12 the end, 13 to 17 and 19 what the VMM is to do to the memory
 * (vm.c, act), 18 a value to print.
 */
.section .rodata

/* ---- 64 bits: code at C000, handlers of 16 bytes at 8000, every INT n at A000. EDI: whether the VM has a local APIC. ---- */
.code64
.globl long_code, long_code_end
long_code:
    mov %edi, %r15d
    mov $0x41, %al
    out %al, $0x10
    in $0x10, %al

    mov $0xD0000000, %ebx       /* no memory: the first access of a page is an EPT violation, the next a misconfiguration */
    mov (%rbx), %rax
    mov %rax, 8(%rbx)
    mov 0x1000(%rbx), %eax
    movl $0x12345678, 0x1000(%rbx)
    movb $0x99, 0x1003(%rbx)
    mov $0x200000, %ebx
    mov (%rbx), %eax
    incl (%rbx)

    mov $0x102000, %ebx         /* read-only memory */
    mov (%rbx), %eax
    out %eax, $0x18
    movl $0xABCD, (%rbx)

    mov $0x20000, %ebx          /* 16 pages, touched for the first time */
1:  movl %ebx, (%rbx)
    add $0x1000, %ebx
    cmp $0x30000, %ebx
    jb 1b
    out %al, $0x13              /* thrown away: they must read 0 */
    mov $0x20000, %ebx
    xor %edx, %edx
2:  add (%rbx), %edx
    add $0x1000, %ebx
    cmp $0x30000, %ebx
    jb 2b
    mov %edx, %eax
    out %eax, $0x18

    out %al, $0x14              /* dirty pages are logged from here */
    movl $1, 0x21000
    movl $1, 0x23000
    out %al, $0x15
    movl $1, 0x25000
    out %al, $0x15
    movl $7, 0x40027000         /* by tables whose accessed and dirty flags are clear: the processor writes to page B */
    out %al, $0x15

    movl $1, 0x400000           /* a page of 2 MiB: mapped, split, and made whole again */
    movl $1, 0x401000
    out %al, $0x17
    movl $2, 0x402000
    out %al, $0x19
    movl $3, 0x403000
    mov 0x402000, %eax
    out %eax, $0x18

    out %al, $0x16              /* the slot of all this deleted and made anew */
    mov 0x25000, %eax
    out %eax, $0x18

    mov $0xA000, %eax
    call *%rax
    mov $1, %eax
    xor %ecx, %ecx
    cpuid
    rdtsc
    mov $0x277, %ecx
    rdmsr
    test %r15d, %r15d
    jz 3f

    mov $0xFEE00000, %ebx       /* an IPI to itself, vector 40H */
    movl $0x1FF, 0xF0(%rbx)
    mov 0x30(%rbx), %eax
    out %eax, $0x18
    movl $0x44040, 0x300(%rbx)
    sti
    nop
    nop
    cli
    movl $0, 0xB0(%rbx)
    mov $0x4F4B, %eax
    out %al, $0x12
3:  mov $0x600D, %eax
    hlt
long_code_end:

.globl long_handlers, long_handlers_end
.balign 16
long_handlers:
.set vector, 0
.rept 256
    .balign 16, 0xCC
    push %rax
    mov $vector, %al
    out %al, $0x11
    pop %rax
    iretq
    .set vector, vector + 1
.endr
long_handlers_end:

.globl every_int, every_int_end
every_int:                      /* the same bytes in both widths; INT 20 first, so that nothing before it can hide what it does */
.set vector, 20
.rept 256
    .byte 0xCD, vector & 0xFF
    .set vector, vector + 1
.endr
    ret
every_int_end:

/* ---- 16 bits: code at C000, handlers of 8 bytes at 8000, every INT n at A000 ---- */
.code16
.globl real_code, real_code_end
real_code:
    mov $0x42, %al
    out %al, $0x10
    in $0x10, %al
    mov $0xF000, %ax
    mov %ax, %es
    mov %es:0x10, %eax          /* no memory at F0010 */
    mov %eax, %es:0x20
    mov $0x2000, %ax
    mov %ax, %es
    movl $0x1234, %es:0
    mov $0xA000, %ax
    call *%ax
    mov $0x600D, %eax
    hlt
real_code_end:

.globl real_handlers, real_handlers_end
.balign 8
real_handlers:
.set vector, 0
.rept 256
    .balign 8, 0xCC
    push %ax
    mov $vector, %al
    out %al, $0x11
    pop %ax
    iret
    .set vector, vector + 1
.endr
real_handlers_end:
.section .note.GNU-stack, "", @progbits
