#!/bin/sh
# build.sh OUT.elf: the guest as a multiboot 1 image (64-bit code in an ELF32 file, as -kernel of other emulators wants it).
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-gcc}
flags="-O1 -m64 -ffreestanding -fno-pic -no-pie -mcmodel=large -mno-red-zone -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables -Wall -Wextra"
$cc $flags -c "$here/boot.S" -o "$work/boot.o"
$cc $flags -c "$here/main.c" -o "$work/main.o"
${LD:-ld} -m elf_x86_64 -nostdlib --no-warn-rwx-segments -z max-page-size=0x1000 -T "$here/link.ld" "$work/boot.o" "$work/main.o" -o "$work/guest.elf"
${OBJCOPY:-objcopy} -I elf64-x86-64 -O elf32-i386 "$work/guest.elf" "$1"
