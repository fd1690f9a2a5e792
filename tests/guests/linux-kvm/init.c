/*
 * The program that the kernel starts as /init: says what machine it is on, runs three VMs by /dev/kvm, and switches the machine off.
 * What it prints depends on the guest's architecture only, addresses and ticks apart, so that logs can be compared.
 */
#include <linux/kvm.h>
#include "system.h"

enum { FIRST_VMX_MSR = 0x480, LAST_VMX_MSR = 0x491, SECONDARY_CONTROLS = 0x48B, FEATURE_CONTROL = 0x3A, VIRTUALIZATION_EXCEPTION = 18 };

static void print_msr(u32 msr)
{
    u64 value = 0;
    long f = CALL(SYS_OPEN, "/dev/cpu/0/msr", 0, 0);
    long size = f < 0 ? f : call6(SYS_PREAD, f, (long)&value, 8, msr, 0, 0);
    if (f >= 0) CALL(SYS_CLOSE, f, 0, 0);
    text("init: msr ");
    hex(msr, 8);
    text(" = ");
    if (size != 8) { line("err ", size); return; }
    hex(value, 16);
    if (msr == SECONDARY_CONTROLS) { text("  EPT-violation-#VE (bit 18) allowed-1="); decimal((long)(value >> (32 + VIRTUALIZATION_EXCEPTION) & 1)); }
    text("\n");
}

static void print_parameter(const char *name)
{
    char path[96] = "/sys/module/kvm_intel/parameters/", value[16];
    int at = 0;
    while (path[at]) at++;
    for (int i = 0; (path[at + i] = name[i]); i++) { }
    long f = CALL(SYS_OPEN, path, 0, 0), n;
    if (f < 0) return;
    n = CALL(SYS_READ, f, value, sizeof value - 1);
    CALL(SYS_CLOSE, f, 0, 0);
    value[n > 0 ? n : 0] = 0;
    text("init: kvm_intel.");
    text(name);
    text("=");
    text(n > 0 ? value : "\n");
}

static void print_machine(void)
{
    print_line_of("/proc/version", "Linux");
    print_line_of("/proc/cpuinfo", "model name");
    print_line_of("/proc/cpuinfo", "vmx flags");
    print_line_of("/proc/cmdline", "");
    for (u32 msr = FIRST_VMX_MSR; msr <= LAST_VMX_MSR; msr++) print_msr(msr);
    print_msr(FEATURE_CONTROL);
}

static void print_parameters(void)
{
    static const char *const names[] = { "ept", "eptad", "unrestricted_guest", "enable_apicv", "pml", "vpid", "flexpriority", "nested", "dump_invalid_vmcs", "preemption_timer" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) print_parameter(names[i]);
}

static long mount(const char *type, const char *at)
{
    CALL(SYS_MKDIR, at, 0755, 0);
    return call6(SYS_MOUNT, (long)type, (long)at, (long)type, 0, 0, 0);
}

/* Below 512 MiB of RAM the kernel leaves pages of 2 MiB off, and one of the cases needs them. */
static void allow_huge_pages(void)
{
    long f = CALL(SYS_OPEN, "/sys/kernel/mm/transparent_hugepage/enabled", 1, 0);
    if (f < 0) return;
    line("init: THP madvise -> ", CALL(SYS_WRITE, f, "madvise", 7));
    CALL(SYS_CLOSE, f, 0, 0);
}

void vmm_main(void)
{
    long mounted = mount("devtmpfs", "/dev");
    long console = CALL(SYS_OPEN, "/dev/console", 2, 0);
    for (int i = 0; i < 3; i++) CALL(SYS_DUP2, console, i, 0);
    text("init: FIRST LINE devtmpfs="); decimal(mounted);
    text(" tsc=");
    hex(ticks(), 16);
    text("\n");
    mount("proc", "/proc");
    mount("sysfs", "/sys");
    allow_huge_pages();
    print_machine();
    int kvm = (int)CALL(SYS_OPEN, "/dev/kvm", 2, 0);
    line("init: open /dev/kvm = ", kvm);
    if (kvm >= 0) {
        line("init: KVM api ", IOCTL(kvm, KVM_GET_API_VERSION, 0));
        run_vm(kvm, "real-mode guest", REAL_MODE);
        run_vm(kvm, "64-bit guest", LONG_MODE);
        run_vm(kvm, "64-bit guest + in-kernel irqchip", LONG_MODE_WITH_APIC);
    }
    print_parameters();
    text("init: LAST LINE tsc=");
    hex(ticks(), 16);
    text("\n");
    CALL(SYS_REBOOT, 0xFEE1DEAD, 672274793, 0x4321FEDC /* power off */);
    for (;;) { }
}
