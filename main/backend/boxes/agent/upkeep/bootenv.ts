import { open, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../../json-file.ts';

/**
 * GRUB's environment block as `grub-editenv` writes it and `load_env` and `save_env` read it (grub's lib/envblk.c): a
 * signature line, `name=value` lines in which newline and backslash stand behind a backslash, and `#` up to the size.
 */
const signature = '# GRUB Environment Block\n';
/** Bytes. GRUB changes the block in place, so its size never changes. */
export const bootenvSize = 1024;

export type Slot = 'a' | 'b';
export const otherSlot = (slot: Slot): Slot => (slot === 'a' ? 'b' : 'a');

/** Which system a box starts. `tried`: the trial was started already; without a `keep` the next start is the old one. */
export interface BootChoice {
  keep: Slot;
  trial?: Slot;
  tried: boolean;
}

/** The variables of a block. What is no block, or damaged in parts, yields what can still be read. Pure. */
export function parseBootenv(bytes: Uint8Array): Map<string, string> {
  const text = Buffer.from(bytes).toString('latin1');
  const variables = new Map<string, string>();
  if (!text.startsWith(signature)) return variables;
  let line = '';
  for (let at = signature.length; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '\\') {
      line += text.charAt(at + 1);
      at += 1;
    } else if (letter === '\n') {
      note(variables, line);
      line = '';
    } else line += letter;
  }
  return variables;
}
function note(variables: Map<string, string>, line: string): void {
  const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) variables.set(name, Buffer.from(value, 'latin1').toString('utf8'));
}

/** A whole block of 1024 bytes. Throws a RangeError when the variables do not fit, a TypeError on a name GRUB would not read. Pure. */
export function renderBootenv(variables: Iterable<readonly [name: string, value: string]>): Buffer {
  let text = signature;
  for (const [name, value] of variables) {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new TypeError(`"${name}" is no name of a GRUB variable`);
    text += `${name}=${value.replaceAll(/[\\\n]/g, (letter) => `\\${letter}`)}\n`;
  }
  const content = Buffer.from(text);
  // GRUB looks for its free space backwards from the end: at least one # has to be there.
  if (content.length >= bootenvSize)
    throw new RangeError(`the boot variables need ${content.length} of ${bootenvSize} bytes`);
  return Buffer.concat([content, Buffer.alloc(bootenvSize - content.length, '#')]);
}

const slotOf = (value: string | undefined): Slot | undefined => (value === 'a' || value === 'b' ? value : undefined);

/** What a box's block says; undefined when it names no slot to keep. Pure. */
export function bootChoice(variables: ReadonlyMap<string, string>): BootChoice | undefined {
  const keep = slotOf(variables.get('keep'));
  if (!keep) return undefined;
  const trial = slotOf(variables.get('trial'));
  return { keep, ...(trial && { trial }), tried: variables.get('tried') === '1' };
}

/** The block of a choice. The choice is told within the first sector, so that a power cut leaves the old one or the new one. Pure. */
export const renderChoice = (choice: BootChoice, others: ReadonlyMap<string, string> = new Map()): Buffer =>
  renderBootenv([
    ['keep', choice.keep],
    ['trial', choice.trial ?? ''],
    ['tried', choice.tried ? '1' : '0'],
    ...[...others].filter(([name]) => !['keep', 'trial', 'tried'].includes(name)),
  ]);

/** Reads the block of a box; undefined when there is none or it names no slot. */
export async function readBootenv(path: string): Promise<BootChoice | undefined> {
  return bootChoice(parseBootenv(await blockOf(path)));
}

/**
 * Puts a choice into the block and reads it back. An existing block is overwritten where it lies: GRUB writes to the same
 * sectors, and a rename on FAT would be two changes instead of one. Throws when the disk gives back something else.
 */
export async function writeBootenv(path: string, choice: BootChoice): Promise<void> {
  const before = await blockOf(path);
  const block = renderChoice(choice, parseBootenv(before));
  if (before.length !== bootenvSize) await writeFileAtomic(path, block);
  else {
    const file = await open(path, 'r+');
    try {
      await file.write(block, 0, block.length, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (!block.equals(await blockOf(path))) throw new Error(`${path} does not hold what was written to it`);
}

async function blockOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
