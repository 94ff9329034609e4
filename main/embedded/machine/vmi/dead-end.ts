import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../qemu/machine.ts';

/**
 * Last words of firmware and boot sectors that found no system: SeaBIOS (src/boot.c), the boot sectors of DOS, Windows and
 * syslinux, EDK2's BdsDxe and its shell. Words that come before another try ("Boot failed") are not among them.
 */
const words = [
  /No bootable device\.?/,
  /(Operating System not found|Missing operating system|No Operating System found|Non-System disk[^\r\n]{0,40}|NTLDR is missing|BOOTMGR is missing)/i,
  /BdsDxe: No bootable option or device was found\.?/,
  /UEFI Interactive Shell v[\d.]+/,
];

/** What a dead end says of itself; undefined where the guest may go on. Pure. */
export function lastWords(text: string): string | undefined {
  for (const pattern of words) {
    const found = pattern.exec(text);
    if (found) return found[0].trim();
  }
  return undefined;
}

const columns = 80;
const rows = 25;

/** Lines of a screen in text mode: a character and its colours for each place. Pure. */
export function screenText(memory: Buffer): string {
  const lines = Array.from({ length: rows }, (_row, row) =>
    Array.from({ length: columns }, (_column, column) => {
      const code = memory[(row * columns + column) * 2] ?? 0;
      return code >= 32 && code < 127 ? String.fromCharCode(code) : ' ';
    })
      .join('')
      .trimEnd(),
  );
  return lines.join('\n').trim();
}

/** The text screen lies at this address of a PC (VGA, mode 3); in any other mode there are no words in it. */
const textMemory = 0xb8000;
const size = columns * rows * 2;

/** What the firmware says on the screen or on the serial port when it has nothing to start from. Throws what QMP throws. */
export async function deadEndOf(machine: Machine): Promise<string | undefined> {
  // The end of it: what an earlier run said is over.
  const serial = lastWords(machine.serial.recent(2048).toString('latin1'));
  if (serial !== undefined || !machine.record.argv.includes('-vnc')) return serial;
  const path = join(machine.files.folder, 'text-screen');
  try {
    await machine.qmp.execute('pmemsave', { val: textMemory, size, filename: path });
    return lastWords(screenText(await readFile(path)));
  } finally {
    await rm(path, { force: true });
  }
}
