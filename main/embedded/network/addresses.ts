import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../kube/context.ts';
import { usable } from './nad.ts';
import type { AddressRange } from './nad.ts';
import { ipNumber, ipText } from './switch/packet.ts';

/** Annotation on a machine's template: the address that an interface shall have, e.g. `hearth.dev/address.default: 10.187.0.20`. */
export const reservation = (nic: string): string => `hearth.dev/address.${nic}`;

/** Addresses of machines on the pod network. Rarely used at home, and not what k3s and kind take for theirs. */
export const podRange: AddressRange = {
  network: ipNumber('10.187.0.0') ?? 0,
  prefix: 16,
  first: ipNumber('10.187.0.10') ?? 0,
  last: ipNumber('10.187.255.250') ?? 0,
  excluded: [],
  server: ipNumber('10.187.0.1') ?? 0,
};

/** No address is left, or the one that is asked for cannot be had. */
export class NoAddress extends Error {
  override readonly name = 'NoAddress';
}

interface Entry {
  network: string;
  /** VM's uid and interface. */
  owner: string;
  address: string;
}

/** Who has which address: the same one at every start, kept in one small file. */
export class AddressBook {
  readonly #file: string;
  readonly #log: Log;
  #entries: Entry[];

  constructor(root: string, log: Log) {
    this.#file = join(root, 'addresses.json');
    this.#log = log;
    this.#entries = read(this.#file, log);
  }

  /**
   * The address of an interface on a network. `wanted`: a reservation. Throws NoAddress, with who has it. A machine that is
   * only remembered gives way to a reservation; one that runs (`inUse`) does not.
   */
  take(
    network: string,
    owner: string,
    range: AddressRange,
    wanted: string | undefined,
    holder: (owner: string) => { name: string; inUse: boolean },
  ): string {
    const mine = this.#entries.find((entry) => entry.network === network && entry.owner === owner);
    if (wanted !== undefined) {
      const address = ipNumber(wanted);
      if (address === undefined || !usable(range, address))
        throw new NoAddress(`the address ${wanted} cannot be reserved: the network gives out ${ipText(range.first)} to ${ipText(range.last)}`); // prettier-ignore
      const other = this.#entries.find((entry) => entry.network === network && entry.address === ipText(address) && entry.owner !== owner); // prettier-ignore
      if (other) {
        const { name, inUse } = holder(other.owner);
        if (inUse) throw new NoAddress(`the address ${wanted} is in use by ${name}`);
        this.#entries = this.#entries.filter((entry) => entry !== other);
      }
      return this.#keep(network, owner, ipText(address));
    }
    if (mine && usable(range, ipNumber(mine.address) ?? 0)) return mine.address;
    const taken = new Set(this.#entries.flatMap((entry) => (entry.network === network ? [entry.address] : [])));
    const count = range.last - range.first + 1;
    const start = createHash('sha256').update(owner).digest().readUInt32BE(0) % count;
    for (let step = 0; step < count; step += 1) {
      const address = range.first + ((start + step) % count);
      if (usable(range, address) && !taken.has(ipText(address))) return this.#keep(network, owner, ipText(address));
    }
    throw new NoAddress('no address is left on the network');
  }

  /** Forgets a machine (its identity) that is gone. */
  forget(identity: string): void {
    const kept = this.#entries.filter((entry) => !entry.owner.startsWith(`${identity}/`));
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#write();
  }

  #keep(network: string, owner: string, address: string): string {
    const others = this.#entries.filter((entry) => entry.network !== network || entry.owner !== owner);
    if (this.#entries.some((entry) => entry.network === network && entry.owner === owner && entry.address === address))
      return address;
    this.#entries = [...others, { network, owner, address }];
    this.#write();
    return address;
  }

  #write(): void {
    const temporary = `${this.#file}.new`;
    try {
      const file = openSync(temporary, 'w', 0o600);
      try {
        writeSync(file, `${JSON.stringify(this.#entries, null, 1)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.#file);
    } catch (error) {
      // Found again from the machines that run; one that is off may get another address.
      this.#log.warn({ err: error }, 'the addresses of machines could not be written down');
    }
  }
}

function read(file: string, log: Log): Entry[] {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (!Array.isArray(parsed)) return [];
    return (parsed as Partial<Entry>[]).filter(
      (entry): entry is Entry => [entry?.network, entry?.owner, entry?.address].every((each) => typeof each === 'string'),
    ); // prettier-ignore
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ err: error }, 'the addresses of machines could not be read: they are given out anew'); // prettier-ignore
    return [];
  }
}
