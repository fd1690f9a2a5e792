/* What /init has instead of a C library: system calls, and text to the console. */
#pragma once
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long u64;

enum {
    SYS_READ = 0, SYS_WRITE = 1, SYS_OPEN = 2, SYS_CLOSE = 3, SYS_MMAP = 9, SYS_MUNMAP = 11, SYS_IOCTL = 16, SYS_PREAD = 17, SYS_MADVISE = 28,
    SYS_DUP2 = 33, SYS_MKDIR = 83, SYS_MOUNT = 165, SYS_REBOOT = 169,
};
enum { MADV_DONTNEED = 4, MADV_HUGEPAGE = 14, DRAIN = 0x5409 /* TCSBRK */ };

/* Returns the result, or a negative error number. */
static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}
#define CALL(number, a, b, c) call6(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define IOCTL(file, request, argument) CALL(SYS_IOCTL, file, request, argument)

static inline u8 *new_memory(u64 size) { return (u8 *)call6(SYS_MMAP, 0, (long)size, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0); }
static inline u64 ticks(void) { u32 low, high; __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)); return low | (u64)high << 32; }

void *memcpy(void *to, const void *from, unsigned long size);
void *memset(void *at, int value, unsigned long size);

void text(const char *s);
void hex(u64 value, int digits);
void decimal(long value);

/* A name, a number and the end of the line. */
void line(const char *name, long value);

/* The first line of a file that begins so. */
void print_line_of(const char *path, const char *beginning);

/* vm.c: runs one VM to its end and prints each of its exits. */
enum { REAL_MODE, LONG_MODE, LONG_MODE_WITH_APIC };
void run_vm(int kvm, const char *name, int kind);
