const block = 2048;

/** Writes a program into `at` of a buffer. */
const put = (into: Buffer, at: number, ...bytes: number[]): void => void Buffer.from(bytes).copy(into, at);

/** Real-mode code of a disk that is installed: reads 2 MiB of it, says so on the serial port, and then waits for ever. */
function installedSector(): Buffer {
  const sector = Buffer.alloc(512);
  put(sector, 0, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0); // ax, ds, es = 0
  put(sector, 6, 0xb9, 0x20, 0x00); // cx = 32 rounds
  put(sector, 9, 0x51, 0xbe, 0x60, 0x7c, 0xb4, 0x42, 0xb2, 0x80, 0xcd, 0x13, 0x59, 0xe2, 0xf3); // 127 sectors of drive 80h, cx times
  put(sector, 22, 0xba, 0xf8, 0x03, 0xb0, 0x21, 0xee); // '!' to COM1
  put(sector, 28, 0xfb, 0xf4, 0xeb, 0xfd); // sti; hlt; again
  put(sector, 0x60, 0x10, 0x00, 0x7f, 0x00, 0x00, 0x00, 0x00, 0x10); // what is read: 127 sectors from the first, to 1000:0000
  put(sector, 510, 0x55, 0xaa);
  return sector;
}

/**
 * A disc (ISO 9660 with El Torito, for a BIOS) whose program writes the boot sector of `installedSector` onto the first disk and
 * restarts the machine by its keyboard controller: an installation in a second. `live`: it only reads the disc, and restarts.
 */
export function installerDisc({ live = false } = {}): Buffer {
  const disc = Buffer.alloc(2048 * block);
  const descriptor = (at: number, type: number): number => {
    put(disc, at * block, type);
    disc.write('CD001', at * block + 1, 'latin1');
    put(disc, at * block + 6, 1);
    return at * block;
  };
  const primary = descriptor(16, 1);
  disc.write('INSTALLER'.padEnd(32), primary + 40, 'latin1');
  disc.writeUInt32LE(2048, primary + 80);
  disc.writeUInt32BE(2048, primary + 84);
  disc.writeUInt16LE(block, primary + 128);
  disc.writeUInt16BE(block, primary + 130);
  const boot = descriptor(17, 0);
  disc.write('EL TORITO SPECIFICATION', boot + 7, 'latin1');
  disc.writeUInt32LE(19, boot + 0x47);
  descriptor(18, 255);
  const catalogue = 19 * block;
  put(disc, catalogue, 1, 0);
  put(disc, catalogue + 30, 0x55, 0xaa);
  // The words of the first entry add up to nothing.
  disc.writeUInt16LE(0x10000 - 0xaa55 - 1, catalogue + 28);
  put(disc, catalogue + 32, 0x88, 0);
  disc.writeUInt16LE(4, catalogue + 38);
  disc.writeUInt32LE(20, catalogue + 40);
  const program = Buffer.alloc(2048);
  put(program, 0, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0); // ax, ds, es = 0
  const code = live
    ? [0xfb, 0xf4, 0xeb, 0xfd] // sti; hlt; again
    : [0xbe, 0x40, 0x7c, 0xb8, 0x00, 0x43, 0xb2, 0x80, 0xcd, 0x13, 0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd]; // write, restart
  put(program, 6, ...code);
  put(program, 0x40, 0x10, 0x00, 0x01, 0x00, 0x00, 0x7e, 0x00, 0x00); // what is written: one sector, from 0000:7e00, to the first
  installedSector().copy(program, 0x200);
  program.copy(disc, 20 * block);
  return disc;
}
