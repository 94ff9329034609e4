import { readFile } from 'node:fs/promises';

/** What the boot loader told this start. */
export interface BootFacts {
  /** Of the FAT it was started from, e.g. 4A3B-11F0; undefined on a system that no stick or box started. */
  medium?: string;
  slot: 'stick' | 'a' | 'b';
  /** UUID of the data partition; absent on a stick. */
  data?: string;
  /** Smallest disk that may be chosen, in bytes, where the medium's own boot menu says so. */
  minimum?: number;
  /** `hearth.serial`: the code is told on the serial line as well. */
  serial: boolean;
  /** Serial consoles of the kernel, e.g. ttyS0. */
  consoles: string[];
}

/** Reads the words of a kernel command line; words that are not ours are passed over. */
export function parseCommandLine(text: string): BootFacts {
  const facts: BootFacts = { slot: 'stick', serial: false, consoles: [] };
  for (const word of text.trim().split(/\s+/)) {
    const [name, value] = split(word);
    if (name === 'hearth.medium' && /^[0-9A-Fa-f-]{4,36}$/.test(value)) facts.medium = value;
    if (name === 'hearth.slot' && (value === 'a' || value === 'b')) facts.slot = value;
    if (name === 'hearth.data' && /^[0-9A-Fa-f-]{8,36}$/.test(value)) facts.data = value;
    if (name === 'hearth.minimum' && /^\d{1,15}$/.test(value)) facts.minimum = Number(value);
    if (name === 'hearth.serial' && value !== '0') facts.serial = true;
    const tty = name === 'console' ? /^(ttyS\d{1,2}|ttyAMA\d|hvc\d)(,.*)?$/.exec(value)?.[1] : undefined;
    if (tty && !facts.consoles.includes(tty)) facts.consoles.push(tty);
  }
  return facts;
}

const split = (word: string): [string, string] => {
  const at = word.indexOf('=');
  return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1).replace(/^"(.*)"$/, '$1')];
};

export const readBootFacts = async (path: string): Promise<BootFacts> => parseCommandLine(await readFile(path, 'utf8'));
