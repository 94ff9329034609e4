import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { drivesOf } from '../../../main/backend/boxes/sticks/drives/describe.ts';
import { parseLsblk } from '../../../main/backend/boxes/sticks/drives/lsblk.ts';
import type { DrivePlatform } from '../../../main/backend/boxes/sticks/drives/platform.ts';
import { sizeWords } from '../../../main/backend/boxes/sticks/drives/words.ts';
import { watchDrives } from '../../../main/backend/boxes/sticks/drives/watch.ts';
import { machines } from '../../support/boxes/machines.ts';

const need = 2_000_000_000;
const read = (machine: (typeof machines)[number] | undefined) => {
  const devices = parseLsblk(JSON.stringify(machine?.lsblk));
  return devices.map((device) => {
    const cardType = machine?.cards?.[device.kname];
    return cardType ? { ...device, cardType } : device;
  });
};
const named = (part: string) => drivesOf(read(machines.find(({ name }) => name.includes(part))), { need });

describe('which drives may be written', () => {
  it.each(machines)('on $name', (machine) => {
    const drives = drivesOf(read(machine), { need });
    const verdicts = drives.map(({ path, refused, typed }) => [
      path,
      refused?.code ?? (typed ? `typed:${typed}` : 'ok'),
    ]);
    expect(Object.fromEntries(verdicts)).toEqual(machine.expected);
    for (const { refused } of drives) expect(refused?.why ?? 'fine.').toMatch(/\.$|\)$/);
  });

  it('is told of enough computers', () => {
    expect(machines.length).toBeGreaterThanOrEqual(15);
  });

  it('puts those that may be written first', () => {
    expect(named('a laptop with an encrypted').map(({ path }) => path)).toEqual(['/dev/sda', '/dev/nvme0n1']);
  });

  it('never offers a device while anything at all of it is mounted outside of where desktops mount', () => {
    for (const mount of ['/', '/boot', '/home', '/var/lib/x', '/usr', '/data', '/srv', '[SWAP]', '/run/live/medium'])
      for (const depth of [0, 1, 2, 5]) {
        let row: Record<string, unknown> = { kname: `d${depth}`, type: 'crypt', size: 1, mountpoints: [mount] };
        for (let level = depth; level > 0; level -= 1)
          row = { kname: `p${level}`, type: 'part', size: 1, children: [row] };
        const disk = { ...row, kname: 'sdx', type: 'disk', size: 32e9, tran: 'usb', rm: true, 'log-sec': 512 };
        const [drive] = drivesOf(parseLsblk(JSON.stringify({ blockdevices: [disk] })));
        expect([mount, depth, drive?.refused === undefined]).toEqual([mount, depth, false]);
      }
  });
});

describe('a drive in words', () => {
  it('says what is on it', () => {
    expect(named('Ventoy')[0]?.content).toBe('Ventoy: “Ventoy” (exFAT), “VTOYEFI” (FAT)');
    expect(named('hybrid')[0]?.content).toBe('“Ubuntu 26.04” (ISO image)');
    expect(named('ZFS')[0]?.content).toBe('“tank” (part of a ZFS pool)');
    expect(named('without a card')[0]?.content).toBe('no medium');
    expect(named('own stick')[0]?.content).toBe('“HEARTH” (FAT)');
  });

  it('has its maker and model, or at least some name', () => {
    const names = named('two equal').map(({ name }) => name);
    expect(names).toEqual(['SanDisk Ultra Fit', 'SanDisk Ultra Fit', 'Drive without a name']);
    expect(named('card in its slot')[0]?.name).toBe('Memory card');
    expect([999, 1000, 32e9, 1.5e12, 256_060_514_304].map(sizeWords)).toEqual(['999 bytes', '1 kB', '32 GB', '1.5 TB', '256 GB']); // prettier-ignore
  });

  it('is told from its twin, and from itself plugged in again', () => {
    const keys = named('two equal').map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toBe('sdb|4C530001|32000000000|41');
  });
});

describe('what lsblk prints', () => {
  it('that is no list of devices is a problem', () => {
    for (const text of ['', '{}x', '{"blockdevices": 7}', '{"blockdevices": ["sda"]}'])
      expect(() => parseLsblk(text)).toThrow('The drives cannot be listed');
    let deep: Record<string, unknown> = { kname: 'x' };
    for (let level = 0; level < 30; level += 1) deep = { kname: 'x', children: [deep] };
    expect(() => parseLsblk(JSON.stringify({ blockdevices: [deep] }))).toThrow('The drives cannot be listed');
  });
});

describe('watching', () => {
  it('tells again when a drive comes, at once where the system says so, and stops asking with the watcher', async () => {
    let rows = [{ kname: 'sda', type: 'disk', size: 32e9, tran: 'usb' }];
    let asked = 0;
    let changed: () => void = () => undefined;
    const platform: DrivePlatform = {
      proven: false,
      devices: async () => {
        asked += 1;
        return parseLsblk(JSON.stringify({ blockdevices: rows }));
      },
      changes: async (signal, tell) => {
        changed = tell;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
      release: async () => undefined,
      open: async () => Promise.reject(new Error('not here')),
      rescan: async () => undefined,
    };
    const over = new AbortController();
    const seen: string[][] = [];
    const watching = (async () => {
      for await (const { drives } of watchDrives(platform, {}, over.signal)) seen.push(drives.map(({ path }) => path));
    })();
    await expect.poll(() => seen.length).toBe(1);
    rows = [...rows, { kname: 'sdb', type: 'disk', size: 16e9, tran: 'usb' }];
    const begun = performance.now();
    changed();
    await expect.poll(() => seen.length, { timeout: 5000, interval: 20 }).toBe(2);
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(seen[1]).toEqual(['/dev/sda', '/dev/sdb']);
    over.abort();
    await watching;
    const before = asked;
    await pause(2300);
    expect(asked).toBe(before);
  });

  it('tells a failure and goes on', async () => {
    let fail = true;
    const platform = {
      proven: false,
      devices: async () => {
        if (fail) throw new Error('gone');
        return [];
      },
    } as unknown as DrivePlatform;
    const over = new AbortController();
    const watching = watchDrives(platform, {}, over.signal);
    expect((await watching.next()).value).toMatchObject({ drives: [], problem: { detail: 'gone' } });
    fail = false;
    expect((await watching.next()).value).toEqual({ drives: [] });
    over.abort();
    await watching.return(undefined);
  });
});
