/*
 * Executes instructions on the processor it runs on, each in a given state, and reports the state after it.
 *
 * stdin:  { uint32 code bytes, uint32 cases, uint32 code selector, uint32 with extended registers, code (16 bytes), struct state [cases],
 *           struct extended [cases] if so } ...
 * stdout: { struct state [cases], struct extended [cases] if so } ...
 *
 * The code lies at CODE in a page that is otherwise INT3, so that every way out of it traps. A case begins by returning from a signal
 * handler into the registers it asks for, and ends with the next signal.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { PAGE = 4096, CODE = 0x1000000, ENTRY = CODE + 0x800, DATA = 0x1100000, READ_ONLY = 0x1200000, WINDOW = 0x7C0, WINDOW_SIZE = 128 };

/* FXSAVE's layout, and the upper halves of the YMM registers; the signal frame has those behind the XSAVE header. */
enum { LEGACY = 512, HEADER = 64, UPPER = 256 };

struct extended {
    uint8_t legacy[LEGACY], upper[UPPER];
};

struct state {
    uint64_t registers[16];
    uint64_t rflags, rip, trap, error, address, checksum;
    uint8_t window[WINDOW_SIZE];
};

static const int order[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static struct state *states;
static struct extended *extended;
static uint32_t count, current, selector, with_extended;
static int started;
static sigjmp_buf finished;

static uint64_t checksum(void)
{
    const uint64_t *words = (const uint64_t *)DATA;
    uint64_t sum = 0;
    for (int i = 0; i < PAGE / 8; i++) sum = (sum << 7 | sum >> 57) ^ words[i];
    return sum;
}

static void store(const greg_t *g)
{
    struct state *s = &states[current];
    for (int i = 0; i < 16; i++) s->registers[i] = g[order[i]];
    s->rflags = g[REG_EFL];
    s->rip = g[REG_RIP];
    s->trap = g[REG_TRAPNO];
    s->error = g[REG_ERR];
    s->address = g[REG_CR2];
    s->checksum = checksum();
    memcpy(s->window, (char *)DATA + WINDOW, WINDOW_SIZE);
}

static void load(greg_t *g)
{
    const struct state *s = &states[current];
    for (int i = 0; i < 16; i++) g[order[i]] = s->registers[i];
    g[REG_EFL] = s->rflags;
    g[REG_RIP] = ENTRY;
    g[REG_CSGSFS] = (g[REG_CSGSFS] & ~0xFFFFll) | selector;
    memset((char *)DATA, 0, PAGE);
    memcpy((char *)DATA + WINDOW, s->window, WINDOW_SIZE);
}

static void store_extended(const uint8_t *frame)
{
    memcpy(extended[current].legacy, frame, LEGACY);
    memcpy(extended[current].upper, frame + LEGACY + HEADER, UPPER);
}

static void load_extended(uint8_t *frame)
{
    memcpy(frame, extended[current].legacy, 24);
    memcpy(frame + 24, extended[current].legacy + 24, 4);
    memcpy(frame + 32, extended[current].legacy + 32, 384);
    memcpy(frame + LEGACY + HEADER, extended[current].upper, UPPER);
    *(uint64_t *)(frame + LEGACY) |= 7;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint8_t *frame = (uint8_t *)((ucontext_t *)context)->uc_mcontext.fpregs;
    if (started) {
        store(g);
        if (with_extended) store_extended(frame);
        current++;
    }
    started = 1;
    if (current == count) siglongjmp(finished, 1);
    load(g);
    if (with_extended) load_extended(frame);
}

static void *map(uintptr_t address, int protection)
{
    void *page = mmap((void *)address, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == MAP_FAILED) { perror("mmap"); exit(2); }
    return page;
}

int main(void)
{
    static char stack[1 << 16];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGUSR1 };
    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    char *code = map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC);
    map(DATA, PROT_READ | PROT_WRITE);
    volatile char *read_only = map(READ_ONLY, PROT_READ);
    (void)*read_only; /* present from now on: a write meets a protection fault, not an absent page */

    /* 64-bit code ignores DS and ES and has null there; 32-bit code wants Linux's flat data segment. */
    __asm__ volatile("movl %0, %%ds; movl %0, %%es" : : "r"(0x2B));

    uint32_t header[4];
    char bytes[16];
    while (fread(header, sizeof header, 1, stdin) == 1 && fread(bytes, sizeof bytes, 1, stdin) == 1) {
        count = header[1];
        selector = header[2];
        with_extended = header[3];
        current = started = 0;
        states = realloc(states, count * sizeof *states);
        if (fread(states, sizeof *states, count, stdin) != count) return 2;
        if (with_extended) extended = realloc(extended, count * sizeof *extended);
        if (with_extended && fread(extended, sizeof *extended, count, stdin) != count) return 2;
        memset(code, 0xCC, PAGE);
        memcpy(code + (ENTRY - CODE), bytes, header[0]);
        if (!sigsetjmp(finished, 1)) raise(SIGUSR1);
        fwrite(states, sizeof *states, count, stdout);
        if (with_extended) fwrite(extended, sizeof *extended, count, stdout);
        fflush(stdout);
    }
    return 0;
}
