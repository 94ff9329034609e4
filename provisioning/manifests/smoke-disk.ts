/** What the first virtual machine says on its serial port. */
export const smokeSign = 'HEARTH SMOKE OK';

/**
 * A boot sector for a PC BIOS, 16-bit real mode: says `smokeSign` on COM1 about once a second, halted in between, for
 * ever. It repeats because whoever opens the console later must see it as well: QEMU throws away what nobody reads.
 */
const code = [
  0xfa, // cli
  0x31,
  0xc0, // xor ax, ax
  0x8e,
  0xd8, // mov ds, ax
  0x8e,
  0xd0, // mov ss, ax
  0xbc,
  0x00,
  0x7c, // mov sp, 0x7c00
  0xfc, // cld
  0xfb, // sti: the timer of the BIOS wakes it from its halts, 18.2 times a second
  0xba,
  0xf9,
  0x03,
  0xb0,
  0x00,
  0xee, // 0x3f9 <- 0: no interrupts of the port
  0xba,
  0xfb,
  0x03,
  0xb0,
  0x80,
  0xee, // 0x3fb <- 0x80: the divisor follows
  0xba,
  0xf8,
  0x03,
  0xb0,
  0x01,
  0xee, // 0x3f8 <- 1: 115200 baud
  0xba,
  0xf9,
  0x03,
  0xb0,
  0x00,
  0xee, // 0x3f9 <- 0
  0xba,
  0xfb,
  0x03,
  0xb0,
  0x03,
  0xee, // 0x3fb <- 3: 8 bits, no parity, 1 stop bit
  // again:
  0xbe,
  0x4c,
  0x7c, // mov si, text, which follows the code
  // next:
  0xac, // lodsb
  0x84,
  0xc0, // test al, al
  0x74,
  0x12, // jz pause
  0x88,
  0xc3, // mov bl, al
  0xba,
  0xfd,
  0x03, // mov dx, 0x3fd
  // busy:
  0xec, // in al, dx
  0xa8,
  0x20, // test al, 0x20: is there room for a byte?
  0x74,
  0xfb, // jz busy
  0xba,
  0xf8,
  0x03, // mov dx, 0x3f8
  0x88,
  0xd8, // mov al, bl
  0xee, // out dx, al
  0xeb,
  0xe9, // jmp next
  // pause:
  0xb9,
  0x12,
  0x00, // mov cx, 18
  // tick:
  0xf4, // hlt
  0xe2,
  0xfd, // loop tick
  0xeb,
  0xde, // jmp again
];

/** The raw disk: 1 MiB, of which the first sector counts. SeaBIOS does not read a disk of less than one cylinder (504 KiB). */
export function smokeDisk(): Uint8Array {
  const disk = new Uint8Array(1024 * 1024);
  disk.set(code);
  disk.set(new TextEncoder().encode(`${smokeSign}\r\n\0`), code.length);
  disk.set([0x55, 0xaa], 510);
  return disk;
}
