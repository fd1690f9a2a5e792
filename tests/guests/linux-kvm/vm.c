/* One VM: its memory, its only processor, and what happens at each exit. */
#include <linux/kvm.h>
#include "system.h"

enum { RAM = 0x40000, READ_ONLY_AT = 0x100000, HUGE_AT = 0x400000, HUGE = 0x200000, TSS_AT = 0xFFFBD000, MOST_EXITS = 5000 };
enum { PML4 = 0x1000, PDPT = 0x2000, LOW_PD = 0x3000, HIGH_PD = 0x4000, GDT = 0x5000, IDT = 0x6000, HANDLERS = 0x8000, EVERY_INT = 0xA000, ALIAS_PD = 0xB000, CODE = 0xC000 };
enum { RAM_SLOT, READ_ONLY_SLOT, HUGE_SLOT };
enum { PORT_VECTOR = 0x11, PORT_END, PORT_THROW_AWAY, PORT_LOG_ON, PORT_SHOW_LOG, PORT_REMAKE_SLOT, PORT_SPLIT, PORT_JOIN = 0x19 };

extern const u8 long_code[], long_code_end[], long_handlers[], long_handlers_end[], every_int[], every_int_end[];
extern const u8 real_code[], real_code_end[], real_handlers[], real_handlers_end[];

struct vm { int file, processor; u8 *ram, *read_only, *huge; struct kvm_run *run; u8 hits[256]; int exits; };

static void set_slot(struct vm *vm, u32 slot, u32 flags, u64 at, u64 size, u8 *memory)
{
    struct kvm_userspace_memory_region region = { .slot = slot, .flags = flags, .guest_phys_addr = at, .memory_size = size, .userspace_addr = (u64)memory };
    long error = IOCTL(vm->file, KVM_SET_USER_MEMORY_REGION, &region);
    if (error) line("init: memslot err ", error);
}

static void set_memory(struct vm *vm)
{
    vm->ram = new_memory(RAM);
    vm->read_only = new_memory(RAM);
    *(u32 *)(vm->read_only + 0x2000) = 0xFEEDF00D;
    vm->huge = (u8 *)(((u64)new_memory(2 * HUGE) + HUGE - 1) & ~(u64)(HUGE - 1));
    CALL(SYS_MADVISE, vm->huge, HUGE, MADV_HUGEPAGE);
    vm->huge[0] = 1;
    set_slot(vm, RAM_SLOT, 0, 0, RAM, vm->ram);
    set_slot(vm, READ_ONLY_SLOT, KVM_MEM_READONLY, READ_ONLY_AT, RAM, vm->read_only);
    set_slot(vm, HUGE_SLOT, 0, HUGE_AT, HUGE, vm->huge);
}

static void set_processor(struct vm *vm, int kvm)
{
    static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[128]; } cpuid;
    vm->processor = (int)IOCTL(vm->file, KVM_CREATE_VCPU, 0);
    if (vm->processor < 0) { line("init: CREATE_VCPU err ", vm->processor); return; }
    vm->run = (struct kvm_run *)call6(SYS_MMAP, 0, IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), 3, 1 /* shared */, vm->processor, 0);
    cpuid.head.nent = 128;
    if (!IOCTL(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid)) IOCTL(vm->processor, KVM_SET_CPUID2, &cpuid);
}

static void place(struct vm *vm, u64 at, const u8 *start, const u8 *end) { memcpy(vm->ram + at, start, (u64)(end - start)); }

static void set_registers(struct vm *vm, struct kvm_sregs *system, struct kvm_regs *registers)
{
    long error = IOCTL(vm->processor, KVM_SET_SREGS, system);
    if (error) line("init: SET_SREGS err ", error);
    registers->rip = CODE;
    registers->rflags = 2;
    IOCTL(vm->processor, KVM_SET_REGS, registers);
}

static void enter_real_mode(struct vm *vm)
{
    struct kvm_sregs system;
    struct kvm_regs registers = { .rsp = 0x7000 };
    for (u32 i = 0; i < 256; i++) *(u32 *)(vm->ram + 4 * i) = HANDLERS + 8 * i;
    place(vm, HANDLERS, real_handlers, real_handlers_end);
    place(vm, EVERY_INT, every_int, every_int_end);
    place(vm, CODE, real_code, real_code_end);
    IOCTL(vm->processor, KVM_GET_SREGS, &system);
    system.cs.base = 0;
    system.cs.selector = 0;
    set_registers(vm, &system, &registers);
}

/* The first and the fourth gigabyte one to one, the latter uncached; the second an alias of the first 2 MiB, accessed and dirty flags clear. */
static void make_tables(u8 *ram)
{
    u64 *low = (u64 *)(ram + LOW_PD), *high = (u64 *)(ram + HIGH_PD), *pdpt = (u64 *)(ram + PDPT), *idt = (u64 *)(ram + IDT), *gdt = (u64 *)(ram + GDT);
    *(u64 *)(ram + PML4) = PDPT | 3;
    pdpt[0] = LOW_PD | 3;
    pdpt[1] = ALIAS_PD | 3;
    pdpt[3] = HIGH_PD | 3;
    for (u64 i = 0; i < 512; i++) {
        low[i] = i << 21 | 0x83;
        high[i] = (0xC0000000 + (i << 21)) | 0x93;
    }
    *(u64 *)(ram + ALIAS_PD) = 0x83;
    gdt[1] = 0x00AF9B000000FFFF;
    gdt[2] = 0x00CF93000000FFFF;
    for (u64 i = 0; i < 256; i++) idt[2 * i] = (HANDLERS + 16 * i) | 8 << 16 | 0x8E00ul << 32;
}

static void enter_long_mode(struct vm *vm, int apic)
{
    struct kvm_sregs system;
    struct kvm_regs registers = { .rsp = 0x30000, .rdi = (u64)apic };
    struct kvm_segment code = { .selector = 8, .limit = 0xFFFFFFFF, .type = 11, .present = 1, .s = 1, .g = 1, .l = 1 };
    struct kvm_segment data = { .selector = 16, .limit = 0xFFFFFFFF, .type = 3, .present = 1, .s = 1, .g = 1, .db = 1 };
    make_tables(vm->ram);
    place(vm, HANDLERS, long_handlers, long_handlers_end);
    place(vm, EVERY_INT, every_int, every_int_end);
    place(vm, CODE, long_code, long_code_end);
    IOCTL(vm->processor, KVM_GET_SREGS, &system);
    system.cs = code;
    system.ds = system.es = system.ss = system.fs = system.gs = data;
    system.gdt.base = GDT;
    system.gdt.limit = 0x17;
    system.idt.base = IDT;
    system.idt.limit = 0xFFF;
    system.cr0 = 0x80050033;
    system.cr3 = PML4;
    system.cr4 = 0x620;
    system.efer = 0x500;
    set_registers(vm, &system, &registers);
}

/* What the guest asks for by writing to a port: a change of its memory under it. */
static void act(struct vm *vm, int port)
{
    static u64 bitmap[16];
    struct kvm_dirty_log log = { .slot = RAM_SLOT, .dirty_bitmap = bitmap };
    switch (port) {
    case PORT_THROW_AWAY: line("init:   madvise(DONTNEED) gpa 20000 -> ", CALL(SYS_MADVISE, vm->ram + 0x20000, 0x10000, MADV_DONTNEED)); break;
    case PORT_LOG_ON: set_slot(vm, RAM_SLOT, KVM_MEM_LOG_DIRTY_PAGES, 0, RAM, vm->ram); text("init:   dirty logging on\n"); break;
    case PORT_SHOW_LOG: IOCTL(vm->file, KVM_GET_DIRTY_LOG, &log); text("init:   dirty bitmap "); hex(bitmap[0], 16); text("\n"); break;
    case PORT_REMAKE_SLOT: set_slot(vm, RAM_SLOT, 0, 0, 0, 0); set_slot(vm, RAM_SLOT, 0, 0, RAM, vm->ram); text("init:   memslot deleted + recreated\n"); break;
    case PORT_SPLIT: set_slot(vm, HUGE_SLOT, KVM_MEM_LOG_DIRTY_PAGES, HUGE_AT, HUGE, vm->huge); text("init:   slot2 (2MB THP) dirty logging on (eager split)\n"); break;
    case PORT_JOIN: set_slot(vm, HUGE_SLOT, 0, HUGE_AT, HUGE, vm->huge); text("init:   slot2 dirty logging off (collapsible zap)\n"); break;
    default: break;
    }
}

/* These two return whether the VM goes on. */
static int port_exit(struct vm *vm)
{
    u8 *data = (u8 *)vm->run + vm->run->io.data_offset;
    int port = vm->run->io.port, size = vm->run->io.size, out = vm->run->io.direction == KVM_EXIT_IO_OUT;
    u32 value = 0;
    if (out && port == PORT_VECTOR) { vm->hits[*data]++; return 1; }
    text(out ? "init: exit IO out port=" : "init: exit IO in  port=");
    hex((u64)port, 4);
    text(" size=");
    decimal(size);
    if (out) { memcpy(&value, data, (u64)size); text(" val="); hex(value, 8); }
    else { value = 0x5A; memcpy(data, &value, (u64)size); text(" -> 5a"); }
    text("\n");
    if (out) act(vm, port);
    return !out || port != PORT_END;
}

static int memory_exit(struct vm *vm)
{
    static const u64 answer = 0x1122334455667788;
    text(vm->run->mmio.is_write ? "init: exit MMIO W gpa=" : "init: exit MMIO R gpa=");
    hex(vm->run->mmio.phys_addr, 9);
    text(" len=");
    decimal(vm->run->mmio.len);
    if (!vm->run->mmio.is_write) memcpy(vm->run->mmio.data, &answer, 8);
    text(vm->run->mmio.is_write ? " val=" : " -> ");
    hex(*(u64 *)vm->run->mmio.data, 16);
    text("\n");
    return 1;
}

static int handle_exit(struct vm *vm)
{
    switch (vm->run->exit_reason) {
    case KVM_EXIT_IO: return port_exit(vm);
    case KVM_EXIT_MMIO: return memory_exit(vm);
    case KVM_EXIT_INTR: return 1;
    case KVM_EXIT_HLT: text("init: exit HLT\n"); return 0;
    case KVM_EXIT_SHUTDOWN: text("init: exit SHUTDOWN (triple fault)\n"); return 0;
    case KVM_EXIT_FAIL_ENTRY: text("init: exit FAIL_ENTRY "); hex(vm->run->fail_entry.hardware_entry_failure_reason, 16); text("\n"); return 0;
    case KVM_EXIT_INTERNAL_ERROR: line("init: exit INTERNAL_ERROR sub=", vm->run->internal.suberror); return 0;
    default: line("init: exit reason ", vm->run->exit_reason); return 0;
    }
}

static void print_end(struct vm *vm, u64 start)
{
    struct kvm_regs registers;
    int hits = 0, distinct = 0;
    IOCTL(vm->processor, KVM_GET_REGS, &registers);
    text("init: final rip="); hex(registers.rip, 16);
    text(" rax="); hex(registers.rax, 16);
    text(" rbx="); hex(registers.rbx, 16);
    for (int i = 0; i < 256; i++) { hits += vm->hits[i]; distinct += vm->hits[i] != 0; }
    text("\ninit: INT handler hits="); decimal(hits);
    line(" distinct vectors=", distinct);
    for (int i = 0; i < 256; i++) if (vm->hits[i] > 1) { text("init: vector "); hex((u64)i, 2); text(" hit "); decimal(vm->hits[i]); text(" times\n"); }
    text("init: userspace exits="); decimal(vm->exits);
    line(" tsc ticks=", (long)(ticks() - start));
}

void run_vm(int kvm, const char *name, int kind)
{
    struct vm vm = { 0 };
    u64 start = ticks();
    text("init: ==== "); text(name); text(" ====\n");
    vm.file = (int)IOCTL(kvm, KVM_CREATE_VM, 0);
    if (vm.file < 0) { line("init: KVM_CREATE_VM err ", vm.file); return; }
    IOCTL(vm.file, KVM_SET_TSS_ADDR, TSS_AT);
    if (kind == LONG_MODE_WITH_APIC && IOCTL(vm.file, KVM_CREATE_IRQCHIP, 0)) text("init: CREATE_IRQCHIP err\n");
    set_memory(&vm);
    set_processor(&vm, kvm);
    if (vm.processor < 0) return;
    if (kind == REAL_MODE) enter_real_mode(&vm);
    else enter_long_mode(&vm, kind == LONG_MODE_WITH_APIC);
    do {
        long error = IOCTL(vm.processor, KVM_RUN, 0);
        vm.exits++;
        if (error < 0 && error != -4 /* interrupted */) { line("init: KVM_RUN err ", error); break; }
    } while (handle_exit(&vm) && vm.exits < MOST_EXITS);
    print_end(&vm, start);
    CALL(SYS_MUNMAP, vm.run, IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), 0);
    CALL(SYS_CLOSE, vm.processor, 0, 0);
    CALL(SYS_CLOSE, vm.file, 0, 0);
    CALL(SYS_MUNMAP, vm.ram, RAM, 0);
    CALL(SYS_MUNMAP, vm.read_only, RAM, 0);
}
