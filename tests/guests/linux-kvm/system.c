#include "system.h"

void *memcpy(void *to, const void *from, unsigned long size) { for (unsigned long i = 0; i < size; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i]; return to; }
void *memset(void *at, int value, unsigned long size) { for (unsigned long i = 0; i < size; i++) ((volatile u8 *)at)[i] = (u8)value; return at; }

static char buffer[4096];
static int used;

/* A line is written whole, and is out before the next: the kernel's own lines go to the same serial port. */
static void put(char c)
{
    buffer[used++] = c;
    if (c != '\n' && used < (int)sizeof buffer) return;
    CALL(SYS_WRITE, 1, buffer, used);
    IOCTL(1, DRAIN, 1);
    used = 0;
}

void text(const char *s) { while (*s) put(*s++); }
void hex(u64 value, int digits) { while (digits--) put("0123456789abcdef"[value >> 4 * digits & 15]); }

void decimal(long value)
{
    char digits[20];
    int n = 0;
    u64 rest = value < 0 ? -(u64)value : (u64)value;
    if (value < 0) put('-');
    do digits[n++] = (char)('0' + rest % 10); while (rest /= 10);
    while (n) put(digits[--n]);
}

void line(const char *name, long value) { text(name); decimal(value); text("\n"); }

void print_line_of(const char *path, const char *beginning)
{
    static char file[8192];
    long size = 0, n, f = CALL(SYS_OPEN, path, 0, 0);
    if (f < 0) { text(path); line(" open ", f); return; }
    while (size < (long)sizeof file - 1 && (n = CALL(SYS_READ, f, file + size, (long)sizeof file - 1 - size)) > 0) size += n;
    CALL(SYS_CLOSE, f, 0, 0);
    file[size] = 0;
    for (char *at = file; *at; at++) {
        int i = 0;
        while (beginning[i] && at[i] == beginning[i]) i++;
        if (!beginning[i]) { for (; *at && *at != '\n'; at++) put(*at); put('\n'); return; }
        while (*at && *at != '\n') at++;
        if (!*at) break;
    }
    text(beginning);
    text(": not found\n");
}
