import { describe, expect, it } from 'vitest';
import { listDisks } from '../../../../main/backend/boxes/agent/disks/list.ts';
import type { Run } from '../../../../main/backend/boxes/agent/disks/lsblk.ts';
import { diskName } from '../../../../main/backend/boxes/agent/disks/name.ts';
import { decodeMarker, encodeMarker, identityHash } from '../../../../main/backend/boxes/agent/disks/marker.ts';
import type { Probe } from '../../../../main/backend/boxes/agent/disks/probe.ts';
import { asProblem } from '../../../../main/contract/problem.ts';
import type { BoxDisk } from '../../../../main/contract/box/state.ts';
import { machines } from '../../../support/boxes/install/machines.ts';
import type { Machine } from '../../../support/boxes/install/machines.ts';

const list = ({ nodes, found = {}, cards = {} }: Machine): Promise<BoxDisk[]> => {
  const run: Run = async () => ({ code: 0, stdout: JSON.stringify({ blockdevices: nodes }), stderr: '', timedOut: false }); // prettier-ignore
  const probe: Probe = {
    found: async ({ kname }) => ({ signatures: [], empty: true, ...found[kname] }),
    seat: async (name) => `at 0000:00:04.0/${name}`,
    card: async (name) => cards[name],
  };
  return listDisks(run, { probe });
};

describe('disks of a box', () => {
  it.each(Object.entries(machines))('%s', async (_, machine) => {
    const disks = await list(machine);
    expect(Object.fromEntries(disks.map(({ name, refused, content }) => [name, [refused?.code ?? '', content]]))).toEqual(machine.expect); // prettier-ignore
    for (const disk of disks) {
      const { refused, serial, model } = disk;
      expect(serial).not.toBe('');
      expect(diskName(disk)).toMatch(model || new RegExp(`^the .*(disk|card) ${disk.name}$`));
      if (refused) expect(refused.why).toMatch(/\.$/);
    }
  });

  it('tells transports, and where a disk without a serial number sits', async () => {
    const rows = await Promise.all(Object.values(machines).map(list));
    const transport = new Map(rows.flat().map((disk) => [disk.name, disk.transport]));
    expect(transport.get('mmcblk0')).toBe('mmc');
    expect(transport.get('nvme0n1')).toBe('nvme');
    expect(transport.get('vda')).toBe('virtio');
    expect(rows.flat().find(({ name }) => name === 'vda')?.serial).toBe('at 0000:00:04.0/vda');
  });

  it('fails with words when lsblk does', async () => {
    const failing: Run = async () => ({ code: 1, stdout: '', stderr: 'lsblk: no', timedOut: false });
    await expect(listDisks(failing).catch((error: unknown) => asProblem(error))).resolves.toMatchObject({ code: 'disks-unreadable' }); // prettier-ignore
    const odd: Run = async () => ({ code: 0, stdout: '{"blockdevices":[{"name":1}]}', stderr: '', timedOut: false });
    await expect(listDisks(odd).catch((error: unknown) => asProblem(error))).resolves.toMatchObject({ code: 'disks-unreadable' }); // prettier-ignore
  });
});

describe('the mark of an unfinished installation', () => {
  const mark = { installId: 'ab'.repeat(16), disk: identityHash({ serial: 'S1', size: 1 }), startedAt: '2026-01-01T00:00:00.000Z' }; // prettier-ignore
  it('is read back, lies within one sector, and is not believed when a bit of it is wrong', () => {
    const block = encodeMarker(mark);
    expect(decodeMarker(block)).toEqual(mark);
    expect(block.subarray(512).every((byte) => byte === 0)).toBe(true);
    for (const at of [0, 25, 60, 100, 180]) {
      const bad = Buffer.from(block);
      bad[at] = (bad[at] ?? 0) ^ 4;
      expect(decodeMarker(bad)).toBeUndefined();
    }
    expect(decodeMarker(Buffer.alloc(4096))).toBeUndefined();
  });
  it('knows a disk by all three of its marks', () => {
    const all = [
      { serial: 'S1', size: 1 },
      { serial: 'S2', size: 1 },
      { serial: 'S1', size: 2 },
      { serial: 'S1', size: 1, wwn: 'x' },
    ];
    expect(new Set(all.map(identityHash)).size).toBe(4);
  });
});
