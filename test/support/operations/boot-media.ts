/**
 * The smallest things a BIOS starts: a sector of code that prints a line on the screen (INT 10h) and on the first serial port, and stands still, as the boot sector of
 * a disk, or on a disc after the El Torito specification 1.0 (no emulation).
 */
export function bootSector(says: string): Buffer {
  const sector = Buffer.alloc(512);
  // cld; xor ax,ax; mov ds,ax; mov si,7c20; l: lodsb; test al,al; jz h; mov dx,3f8; out dx,al; mov ah,0e; mov bx,7; int 10; jmp l; h: hlt; jmp h
  Buffer.from('fc31c08ed8be207cac84c0740dbaf803eeb40ebb0700cd10ebeef4ebfd', 'hex').copy(sector);
  sector.write(`${says}\r\n\0`, 0x20, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** A disk of 1 MiB with that boot sector. */
export const bootDisk = (says: string): Buffer => Buffer.concat([bootSector(says), Buffer.alloc(2 ** 20 - 512)]);

/** A disc with that boot sector and no file. */
export function bootDisc(says: string): Buffer {
  const block = 2048;
  const disc = Buffer.alloc(512 * block);
  const descriptor = (at: number, type: number): Buffer => {
    const found = disc.subarray(at * block, (at + 1) * block);
    found.writeUInt8(type, 0);
    found.write('CD001\u0001', 1, 'latin1');
    return found;
  };
  const primary = descriptor(16, 1);
  primary.writeUInt32LE(512, 80);
  primary.writeUInt32BE(512, 84);
  primary.writeUInt16LE(block, 128);
  primary.writeUInt16BE(block, 130);
  const boot = descriptor(17, 0);
  boot.write('EL TORITO SPECIFICATION', 7, 'latin1');
  boot.writeUInt32LE(19, 71);
  descriptor(18, 255);
  const catalog = disc.subarray(19 * block);
  catalog.writeUInt8(1, 0);
  catalog.writeUInt16LE(0xaa55, 30);
  // The sum of the entry's words is zero.
  catalog.writeUInt16LE((0x1_0000 - 0x0001 - 0xaa55) & 0xffff, 28);
  catalog.writeUInt8(0x88, 32);
  catalog.writeUInt16LE(1, 38);
  catalog.writeUInt32LE(20, 40);
  bootSector(says).copy(disc, 20 * block);
  return disc;
}
