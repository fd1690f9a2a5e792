/*
 * A guest that does everything the machine is asked about: all 256 INT n, every fault it can take in 64-bit mode, CPL 3, every kind
 * of memory, and IPIs between four processors. What it prints depends on nothing but the architecture, so that any PC that runs it
 * (-kernel, multiboot 1) must print the same.
 */
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long u64;

#define PROCESSORS 4
#define LOCAL_APIC 0xFEE00000ul
#define IO_APIC 0xFEC00000ul
#define HOLE 0xD0000000ul
#define PAGE_DIRECTORIES 0x202000ul
#define SCRATCH 0x600000ul /* a 2 MiB page that the tests split into 4 KiB pages */
#define SCRATCH_TABLE 0x208000ul

struct frame { u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax, vector, error, rip, cs, rflags, rsp, ss; };

extern u8 plain_stubs[], exception_stubs[], call_int[], trampoline[], trampoline_end[], system_call[], attempt_out[];
extern u64 gdt[], tss_descriptor[];
extern volatile u32 system_calls, next_processor, multiboot_information;
long attempt(void (*code)(long), long argument);
void in_user(void (*code)(long), long argument);

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 value; __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static inline void put32(u64 at, u32 value) { *(volatile u32 *)at = value; }
static inline u32 get32(u64 at) { return *(volatile u32 *)at; }
static inline void write_msr(u32 msr, u64 value) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))); }
static inline u64 read_cr2(void) { u64 value; __asm__ volatile("mov %%cr2, %0" : "=r"(value)); return value; }

static void put(char c)
{
    while (!(in8(0x3FD) & 0x20)) { }
    out8(0x3F8, (u8)c);
}
static void text(const char *s) { for (; *s; s++) { if (*s == '\n') put('\r'); put(*s); } }
static void hex(u64 value) { char digits[17]; int i = 16; digits[16] = 0; do { digits[--i] = "0123456789abcdef"[value & 15]; value >>= 4; } while (value); text(digits + i); }
static void decimal(u64 value) { char digits[21]; int i = 20; digits[20] = 0; do { digits[--i] = (char)('0' + value % 10); value /= 10; } while (value); text(digits + i); }
static void line(const char *name, u64 value) { text(name); text(" "); hex(value); text("\n"); }

/* ---- traps ---- */
struct gate { u16 low; u16 selector; u8 ist, type; u16 middle; u32 high, reserved; };
static struct gate plain_table[256], exception_table[256];
static volatile u32 int_count[256], ipi_count[PROCESSORS][256], trap_count;
static volatile int expecting, user_done;
static struct frame last;
static u64 last_cr2;

static void load_table(struct gate *table) { struct { u16 limit; u64 base; } __attribute__((packed)) r = { 4095, (u64)table }; __asm__ volatile("lidt %0" : : "m"(r)); }
static void fill(struct gate *table, u8 *stubs)
{
    for (int i = 0; i < 256; i++) {
        u64 at = (u64)stubs + 16 * (u64)i;
        table[i] = (struct gate){ (u16)at, 8, i == 8 ? 1 : 0, i == 3 || i == 0x80 ? 0xEE : 0x8E, (u16)(at >> 16), (u32)(at >> 32), 0 };
    }
}

static u32 processor(void) { return get32(LOCAL_APIC + 0x20) >> 24; }

enum { NOTHING, COUNT_INT, RECORD, COUNT_IPI };

void trap(struct frame *f)
{
    if (expecting == COUNT_INT) { int_count[f->vector]++; return; }
    if (expecting == RECORD) {
        last = *f; last_cr2 = f->vector == 14 ? read_cr2() : 0; trap_count++;
        f->rip = (u64)attempt_out; f->cs = 8; f->ss = 0x10; f->rflags &= ~0x40100ul; /* AC, TF */
        return;
    }
    ipi_count[processor()][f->vector]++;
    if (f->vector != 2) put32(LOCAL_APIC + 0xB0, 0);
}

/* Does one thing that must trap; prints vector, error code, how far RIP is from the start of the code, and CR2. */
static void must_trap(const char *name, void (*code)(long), long argument)
{
    trap_count = 0;
    attempt(code, argument);
    text(name);
    if (!trap_count) { text(": no trap\n"); return; }
    text(": vector "); decimal(last.vector); text(" error "); hex(last.error); text(" cpl "); decimal(last.cs & 3);
    if (last.vector == 14) { text(" cr2 "); hex(last_cr2); }
    text("\n");
}
static void (*user_code)(long);
static void enter_user(long argument) { in_user(user_code, argument); }
static void must_trap_user(const char *name, void (*code)(long), long argument) { user_code = code; must_trap(name, enter_user, argument); }

/* ---- what traps ---- */
static void divide(long z) { __asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; div %0" : : "r"((u32)z) : "eax", "edx"); }
static void divide_overflow(long z) { __asm__ volatile("mov $-1, %%edx; mov $1, %%eax; idiv %0" : : "r"((u32)z) : "eax", "edx"); }
static void single_step(long z) { (void)z; __asm__ volatile("pushf; orl $0x100, (%rsp); popf; nop; nop"); }
static void icebp(long z) { (void)z; __asm__ volatile(".byte 0xF1"); }
static void breakpoint(long z) { (void)z; __asm__ volatile("int3"); }
static void data_breakpoint(long at) { u64 control = 0xD0401ul; (void)at; __asm__ volatile("mov %0, %%dr0; mov %1, %%dr7; movl $1, (%0); nop" : : "r"(at), "r"(control)); }
static void ud0(long z) { (void)z; __asm__ volatile(".byte 0x0F, 0xFF, 0xC0"); }
static void ud1(long z) { (void)z; __asm__ volatile(".byte 0x0F, 0xB9, 0xC0"); }
static void ud2(long z) { (void)z; __asm__ volatile("ud2"); }
static void lock_nop(long z) { (void)z; __asm__ volatile(".byte 0xF0, 0x90"); }
static void no_device(long z) { (void)z; __asm__ volatile("mov %%cr0, %%rax; or $8, %%rax; mov %%rax, %%cr0; fnop" : : : "rax"); }
static void wild_read(long at) { __asm__ volatile("mov (%0), %%rax" : : "r"(at) : "rax"); }
static void wild_stack(long at) { __asm__ volatile("xchg %0, %%rbp; mov (%%rbp), %%rax; xchg %0, %%rbp" : : "r"(at) : "rax"); }
static void load_segment(long s) { __asm__ volatile("mov %0, %%fs" : : "r"((u32)s)); }
static void bad_msr(long index) { write_msr((u32)index, ~0ul); }
static void bad_cr0(long z) { (void)z; __asm__ volatile("mov %%cr0, %%rax; and $-2, %%rax; mov %%rax, %%cr0" : : : "rax"); }
static void bad_cr4(long bit) { __asm__ volatile("mov %%cr4, %%rax; bts %0, %%rax; mov %%rax, %%cr4" : : "r"(bit) : "rax"); }
static void read_at(long at) { (void)*(volatile u32 *)at; }
static void write_at(long at) { *(volatile u32 *)at = 1; }
static void modify_at(long at) { __asm__ volatile("lock incl (%0)" : : "r"(at)); }
static void call_at(long at) { __asm__ volatile("call *%0" : : "r"(at)); }
static void user_cli(long z) { (void)z; __asm__ volatile("cli"); }
static void user_hlt(long z) { (void)z; __asm__ volatile("hlt"); }
static void user_in(long z) { (void)z; in8(0x71); }
static void user_int(long n) { if (n == 0x80) __asm__ volatile("int $0x80"); else if (n == 3) __asm__ volatile("int $3"); else __asm__ volatile("int $20"); }
static void user_unaligned(long at) { (void)*(volatile u32 *)(at + 1); }
static void user_system_call(long z) { (void)z; __asm__ volatile("syscall; ud2" : : : "rcx", "r11"); }
static void double_fault(long z) { (void)z; exception_table[13].type = 0; wild_read(0x1000000000000000); }

static void exceptions(void)
{
    expecting = RECORD;
    must_trap("divide by zero", divide, 0);
    must_trap("divide overflow", divide_overflow, 1);
    must_trap("single step", single_step, 0);
    must_trap("int3", breakpoint, 0);
    must_trap("data breakpoint", data_breakpoint, (long)SCRATCH + 64);
    __asm__ volatile("mov %0, %%dr7" : : "r"(0x400ul));
    must_trap("ud0", ud0, 0);
    must_trap("ud1", ud1, 0);
    must_trap("ud2", ud2, 0);
    must_trap("lock nop", lock_nop, 0);
    must_trap("device not available", no_device, 0);
    __asm__ volatile("clts");
    must_trap("non-canonical read", wild_read, 0x1000000000000000);
    must_trap("segment not present", load_segment, 0x38);
    must_trap("segment beyond the table", load_segment, 0x1000);
    must_trap("segment of wrong type", load_segment, 0x40);
    must_trap("double fault", double_fault, 0);
    exception_table[13].type = 0x8E;
}

/* ---- memory ---- */
static void map(u32 page, u64 entry) { ((volatile u64 *)SCRATCH_TABLE)[page] = entry; __asm__ volatile("invlpg (%0)" : : "r"(SCRATCH + 4096ul * page)); }
static long at_page(u32 page) { return (long)(SCRATCH + 4096ul * page); }

static void memory(void)
{
    enum { PRESENT = 1, WRITE = 2, USER = 4, UNCACHED = 16, ACCESSED = 32, DIRTY = 64 };
    u64 frame = SCRATCH;
    for (u32 i = 0; i < 512; i++) ((volatile u64 *)SCRATCH_TABLE)[i] = (frame + 4096ul * i) | PRESENT | WRITE | USER;
    ((volatile u64 *)PAGE_DIRECTORIES)[SCRATCH >> 21] = SCRATCH_TABLE | PRESENT | WRITE | USER;
    __asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" : : : "rax", "memory");
    put32(SCRATCH, 0xC3C3C3C3);
    put32(SCRATCH + 3 * 4096, 0xC3C3C3C3);
    map(1, 0);
    map(2, (frame + 2 * 4096) | PRESENT | USER);
    map(3, (frame + 3 * 4096) | PRESENT | WRITE | USER | 1ul << 63);
    map(4, (frame + 4 * 4096) | PRESENT | WRITE);
    map(5, (frame + 5 * 4096) | PRESENT | WRITE | USER | 1ul << 51);
    map(6, (frame + 6 * 4096) | PRESENT | WRITE | USER | UNCACHED);
    map(7, frame | PRESENT | WRITE | USER);
    must_trap("read not present", read_at, at_page(1));
    must_trap("write not present", write_at, at_page(1));
    must_trap("fetch not present", call_at, at_page(1));
    must_trap("read across into not present", read_at, at_page(1) - 2);
    must_trap("write read-only", write_at, at_page(2));
    must_trap("locked write read-only", modify_at, at_page(2));
    must_trap("fetch no-execute", call_at, at_page(3));
    must_trap("read reserved bit", read_at, at_page(5));
    must_trap_user("user reads supervisor", read_at, at_page(4));
    must_trap_user("user writes read-only", write_at, at_page(2));
    must_trap_user("user fetches no-execute", call_at, at_page(3));
    must_trap_user("user reads not present", read_at, at_page(1));
    must_trap_user("user cli", user_cli, 0);
    must_trap_user("user hlt", user_hlt, 0);
    must_trap_user("user in", user_in, 0);
    must_trap_user("user int 0x80", user_int, 0x80);
    must_trap_user("user int 3", user_int, 3);
    must_trap_user("user int 20", user_int, 20);
    must_trap_user("user syscall, then ud2", user_system_call, 0);
    line("system calls", system_calls);

    put32(SCRATCH + 6 * 4096, 0x12345678);
    line("uncached", get32(SCRATCH + 6 * 4096));
    line("alias", get32((u64)at_page(7)));
    put32((u64)at_page(7) + 8, 0xA11A5);
    line("written by alias", get32(SCRATCH + 8));
    map(8, (frame + 8 * 4096) | PRESENT | WRITE | USER);
    read_at(at_page(8));
    line("flags after read", ((volatile u64 *)SCRATCH_TABLE)[8] & 0xFFF);
    write_at(at_page(8));
    line("flags after write", ((volatile u64 *)SCRATCH_TABLE)[8] & 0xFFF);
    *(volatile u16 *)0xB8F00 = 0x0741;
    line("screen memory", *(volatile u16 *)0xB8F00);
    put32(IO_APIC, 0x10);
    line("I/O APIC redirection entry 0", get32(IO_APIC + 0x10));
    u8 *code = (u8 *)SCRATCH + 0x9000;
    code[0] = 0xB8; code[1] = 1; code[2] = code[3] = code[4] = 0; code[5] = 0xC3;
    long first = ((long (*)(void))code)();
    code[1] = 2;
    line("self-modified code", (u64)(first * 16 + ((long (*)(void))code)()));
}

/* What some emulators get wrong: asked for by the word 'strict' on the command line. */
static void strict(void)
{
    must_trap("int1", icebp, 0);
    must_trap("non-canonical stack read", wild_stack, 0x1000000000000000);
    must_trap("reserved bits of EFER", bad_msr, (long)0xC0000080);
    must_trap("CR0.PE off while paging", bad_cr0, 0);
    must_trap("reserved bit of CR4", bad_cr4, 31);
    __asm__ volatile("mov %%cr0, %%rax; or $0x40000, %%rax; mov %%rax, %%cr0" : : : "rax");
    must_trap_user("user unaligned", user_unaligned, (long)SCRATCH + 256);
    line("hole", get32(HOLE));
    put32(HOLE, 5);
    line("hole after write", get32(HOLE));
}

/* ---- processors ---- */
static volatile u32 started[PROCESSORS], finished;
static u32 tss[PROCESSORS][26] __attribute__((aligned(128)));
static u8 double_fault_stack[PROCESSORS][4096] __attribute__((aligned(16)));

static void processor_tables(u32 number)
{
    u64 base = (u64)tss[number];
    *(u64 *)&tss[number][1] = 0x300000ul + ((number + 1) << 16) - 0x8000;
    *(u64 *)&tss[number][9] = (u64)double_fault_stack[number] + 4096;
    tss[number][25] = 104 << 16;
    tss_descriptor[2 * number] = 103 | (base & 0xFFFFFF) << 16 | 0x89ul << 40 | (base >> 24 & 0xFF) << 56;
    tss_descriptor[2 * number + 1] = base >> 32;
    __asm__ volatile("ltr %0" : : "r"((u16)(0x40 + 16 * number)));
    load_table(plain_table);
    put32(LOCAL_APIC + 0xF0, 0x1FF);
}

static void pause_a_while(void) { for (volatile int i = 0; i < 20000; i++) { } }
static void send(u32 high, u32 low)
{
    put32(LOCAL_APIC + 0x310, high << 24);
    put32(LOCAL_APIC + 0x300, low);
    while (get32(LOCAL_APIC + 0x300) & 0x1000) { }
}
static void wait_for(u32 number, u32 vector, u32 count) { for (long i = 0; i < 50000000 && ipi_count[number][vector] < count; i++) __asm__ volatile("pause"); }

static void processors(void)
{
    u8 *to = (u8 *)0x8000;
    for (u8 *from = trampoline; from < trampoline_end; from++) *to++ = *from;
    expecting = COUNT_IPI;
    for (u32 i = 1; i < PROCESSORS; i++) {
        next_processor = i;
        send(i, 0x4500);
        pause_a_while();
        send(i, 0x4608);
        for (long n = 0; n < 50000000 && !started[i]; n++) __asm__ volatile("pause");
        text("processor "); decimal(i); text(started[i] ? " started\n" : " did not start\n");
    }
    __asm__ volatile("sti");
    for (u32 v = 16; v < 256; v++)
        for (u32 i = 0; i < PROCESSORS; i++) { send(i, 0x4000 | v); wait_for(i, v, 1); }
    for (u32 v = 16; v < 256; v++) {
        send(0, 0x44000 | v); wait_for(0, v, 2);                                        /* self */
        send(0, 0x84000 | v); for (u32 i = 0; i < PROCESSORS; i++) wait_for(i, v, i ? 2 : 3);   /* all */
        send(0, 0xC4000 | v); for (u32 i = 1; i < PROCESSORS; i++) wait_for(i, v, 3);   /* all but self */
    }
    for (u32 i = 1; i < PROCESSORS; i++) { send(i, 0x4400); wait_for(i, 2, 1); }        /* NMI */
    for (u32 i = 0; i < PROCESSORS; i++) {
        u32 total = 0, wrong = 0;
        for (u32 v = 16; v < 256; v++) { total += ipi_count[i][v]; wrong += ipi_count[i][v] != 3; }
        text("processor "); decimal(i); text(": IPIs "); decimal(total); text(", vectors not received three times "); decimal(wrong);
        text(", vector 20 "); decimal(ipi_count[i][20]); text(", NMIs "); decimal(ipi_count[i][2]); text("\n");
    }
    __asm__ volatile("cli");
}

static int asked_for(const char *word)
{
    if (!(get32(multiboot_information) & 4)) return 0;
    for (const char *at = (const char *)(u64)get32(multiboot_information + 16); *at; at++) {
        int i = 0;
        while (word[i] && at[i] == word[i]) i++;
        if (!word[i]) return 1;
    }
    return 0;
}

void cmain(u32 number)
{
    if (number) {
        processor_tables(number);
        started[number] = 1;
        for (;;) __asm__ volatile("sti; hlt");
    }
    text("everything: start\n");
    fill(plain_table, plain_stubs);
    fill(exception_table, exception_stubs);
    processor_tables(0);
    write_msr(0xC0000081, 0x0020000800000000ul);
    write_msr(0xC0000082, (u64)system_call);
    write_msr(0xC0000084, 0);
    expecting = COUNT_INT;
    u32 distinct = 0, wrong = 0;
    for (u32 v = 0; v < 256; v++) ((void (*)(void))(call_int + 4 * v))();
    for (u32 v = 0; v < 256; v++) { distinct += int_count[v] != 0; wrong += int_count[v] != 1; }
    text("INT n: "); decimal(distinct); text(" vectors, "); decimal(wrong); text(" wrong\n");
    load_table(exception_table);
    exceptions();
    memory();
    if (asked_for("strict")) strict();
    load_table(plain_table);
    processors();
    text("everything: end\n");
    out8(0xF4, 0x10);
    for (;;) __asm__ volatile("hlt");
}
