/* From multiboot 1 (32-bit, paging off) to 64-bit C; and the start of every other processor from real mode. */
.set PAGE_TABLES, 0x200000      /* PML4, PDPT, four page directories: identity map of 4 GiB, user pages allowed */
.set STACKS, 0x300000           /* 64 KiB for each processor */

.section .multiboot, "a"
.align 4
.long 0x1BADB002, 0x00000003, -(0x1BADB002 + 0x00000003)

.section .text
.code32
.globl _start
_start:
    cli
    mov %ebx, multiboot_information
    mov $PAGE_TABLES, %edi
    xor %eax, %eax
    mov $0x6000/4, %ecx
    rep stosl
    movl $PAGE_TABLES + 0x1007, PAGE_TABLES
    mov $PAGE_TABLES + 0x1000, %edi
    mov $PAGE_TABLES + 0x2007, %eax
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $8, %edi
    add $0x1000, %eax
    loop 1b
    mov $PAGE_TABLES + 0x2000, %edi
    mov $0x87, %eax
    mov $2048, %ecx
2:  mov %eax, (%edi)
    add $8, %edi
    add $0x200000, %eax
    loop 2b
    xor %ebx, %ebx
enter_long_mode:                /* EBX: processor number */
    lgdt gdt_pointer
    mov $0xA0, %eax             /* PAE, PGE */
    mov %eax, %cr4
    mov $PAGE_TABLES, %eax
    mov %eax, %cr3
    mov $0xC0000080, %ecx
    rdmsr
    or $0x901, %eax             /* SCE, LME, NXE */
    wrmsr
    mov $0x80010033, %eax       /* PG, WP, NE, ET, MP, PE */
    mov %eax, %cr0
    ljmp $0x08, $long_mode
.code64
long_mode:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %ebx, %edi
    mov %ebx, %eax
    inc %eax
    shl $16, %eax
    lea STACKS(%rax), %rsp
    call cmain
1:  hlt
    jmp 1b

/* Copied to 0x8000: where a start-up IPI with vector 8 begins. */
.globl trampoline, trampoline_end
.code16
trampoline:
    cli
    xor %ax, %ax
    mov %ax, %ds
    lgdtl 0x8000 + trampoline_gdt - trampoline
    mov $1, %eax
    mov %eax, %cr0
    ljmpl $0x18, $trampoline32
.align 8
trampoline_gdt:
    .word 63
    .long gdt
trampoline_end:
.code32
trampoline32:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $1, %ebx
    lock xadd %ebx, next_processor
    jmp enter_long_mode

.code64
/* 256 stubs of 16 bytes: the vector, then the common part. One table for events without an error code, one that keeps the real one. */
.globl plain_stubs, exception_stubs
.align 16
plain_stubs:
.set v, 0
.rept 256
    .align 16
    push $0
    push $v
    jmp common
    .set v, v + 1
.endr
.align 16
exception_stubs:
.set v, 0
.rept 256
    .align 16
    .if (v == 8) || (v >= 10 && v <= 14) || (v == 17) || (v == 21)
    .else
    push $0
    .endif
    push $v
    jmp common
    .set v, v + 1
.endr
common:
    push %rax; push %rcx; push %rdx; push %rbx; push %rbp; push %rsi; push %rdi
    push %r8; push %r9; push %r10; push %r11; push %r12; push %r13; push %r14; push %r15
    mov %rsp, %rdi
    cld
    call trap
    pop %r15; pop %r14; pop %r13; pop %r12; pop %r11; pop %r10; pop %r9; pop %r8
    pop %rdi; pop %rsi; pop %rbp; pop %rbx; pop %rdx; pop %rcx; pop %rax
    add $16, %rsp
    iretq

/* call_int[n]: INT n, RET. */
.globl call_int
.align 4
call_int:
.set v, 0
.rept 256
    .byte 0xCD, v, 0xC3, 0x90
    .set v, v + 1
.endr

/* long attempt(void (*code)(long), long argument): calls code; a trap that takes the way out returns here. */
.globl attempt, attempt_out
attempt:
    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
    mov %rsp, attempt_stack
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
attempt_out:
    mov attempt_stack, %rsp
    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
    ret

/* void in_user(void (*code)(long), long argument): runs code with CPL 3; only a trap comes back. */
.globl in_user
in_user:
    mov %rdi, %rax
    mov %rsi, %rdi
    push $0x2B
    push $0x2F0000
    pushf
    orl $0x40000, (%rsp)        /* AC */
    push $0x33
    push %rax
    iretq

.globl system_call
system_call:                    /* SYSCALL comes here, SYSRET goes back */
    incl system_calls
    sysretq

.section .data
.globl gdt, tss_descriptor
.align 16
gdt:
    .quad 0
    .quad 0x00AF9B000000FFFF    /* 08 code, 64-bit */
    .quad 0x00CF93000000FFFF    /* 10 data */
    .quad 0x00CF9B000000FFFF    /* 18 code, 32-bit */
    .quad 0x00CFF3000000FFFF    /* 20: base of SYSRET's selectors */
    .quad 0x00CFF3000000FFFF    /* 28 user data */
    .quad 0x00AFFB000000FFFF    /* 30 user code, 64-bit */
    .quad 0x00CF13000000FFFF    /* 38 data, not present */
tss_descriptor:
    .fill 8, 8, 0               /* 40: four TSS descriptors */
gdt_pointer:
    .word . - gdt - 1
    .long gdt
    .long 0
.globl attempt_stack, next_processor, system_calls
.align 8
attempt_stack: .quad 0
next_processor: .long 1
system_calls: .long 0
.globl multiboot_information
multiboot_information: .long 0
.section .note.GNU-stack, "", @progbits
