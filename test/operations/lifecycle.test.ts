import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { virtualMachines } from '../../main/embedded/kube/resources.ts';
import { MachineLab } from '../support/machine-lab.ts';
import { blank, describeTargets } from '../support/operations/lab.ts';

/** When a machine of this name came to run, in seconds since 1970. */
const ranAt = (lab: MachineLab, name: string): number => {
  const times = lab.vmi(name)?.status?.['phaseTransitionTimestamps'] as { phase: string; phaseTransitionTimestamp: string }[]; // prettier-ignore
  return Date.parse(times.findLast(({ phase }) => phase === 'Running')?.phaseTransitionTimestamp ?? '') / 1000;
};

describe('after a power cut', () => {
  let lab: MachineLab;
  beforeAll(async () => {
    lab = await MachineLab.open();
  });
  afterAll(() => lab?.close());

  test('machines come back in their order and with their delay, by their own time stamps', async () => {
    const places: Record<string, Record<string, string>> = {
      // Named so that neither the alphabet nor the time they were made gives the order away.
      zulu: { 'hearth.dev/start-order': '1' },
      mike: { 'hearth.dev/start-order': '2', 'hearth.dev/start-delay': '4s' },
      alpha: { 'hearth.dev/start-order': '10', 'hearth.dev/start-delay': '3' },
      bravo: {},
    };
    for (const name of Object.keys(places).toReversed()) {
      lab.createVm(name, { runStrategy: name === 'mike' ? 'RerunOnFailure' : 'Always' });
      lab.context.store.mutate(virtualMachines, 'default', name, (draft) => void (draft.metadata.annotations = { ...places[name] })); // prettier-ignore
    }
    const names = Object.keys(places);
    await lab.until('all run', () => names.every((name) => lab.phase(name) === 'Running'));
    const before = new Map(names.map((name) => [name, lab.vmi(name)?.metadata.uid]));
    const pids = names.map((name) => lab.pid(name));
    await lab.restartEngine(async () => {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await expect.poll(() => pids.filter(alive), { timeout: 5000 }).toEqual([]);
    });
    const back = (name: string) => lab.phase(name) === 'Running' && lab.vmi(name)?.metadata.uid !== before.get(name);
    await lab.until('all run again', () => names.every(back));
    const [zulu, mike, alpha, bravo] = names.map((name) => ranAt(lab, name)) as [number, number, number, number];
    // Time stamps are whole seconds: a difference may read as one less than it was.
    expect(mike - zulu).toBeGreaterThanOrEqual(3);
    expect(alpha - mike).toBeGreaterThanOrEqual(2);
    expect(bravo).toBeGreaterThanOrEqual(alpha);
    expect(lab.events.filter(({ reason }) => reason === 'WaitingForTurn').map(({ about }) => about).sort()).toEqual(['VirtualMachine/alpha', 'VirtualMachine/bravo', 'VirtualMachine/mike']); // prettier-ignore
  });

  test('machines that live on are taken over at once: nobody waits for anybody', async () => {
    const before = new Map(['zulu', 'bravo'].map((name) => [name, lab.vmi(name)?.metadata.uid]));
    await lab.restartEngine();
    for (const [name, uid] of before) expect([lab.phase(name), lab.vmi(name)?.metadata.uid]).toEqual(['Running', uid]);
  });
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: it is gone
  }
};

describeTargets(
  'a machine back from the bin',
  (lab) => {
    const ref = { namespace: 'default', name: 'same' };
    const act = (action: 'start' | 'forceStop' | 'delete') => lab.api.machines.act({ ...ref, action });
    const known = async () => {
      const { vmi } = await lab.machine('same', ({ row, vmi: instance }) => row.status === 'Running' && instance !== undefined); // prettier-ignore
      const found = vmi as unknown as { spec: { domain: { firmware: { uuid: string } } }; status: { interfaces: { mac: string }[] } }; // prettier-ignore
      return { uuid: found.spec.domain.firmware.uuid, mac: found.status.interfaces[0]?.mac };
    };
    test('is the same computer to its guest: firmware UUID and MAC address, though nobody ever chose them', async () => {
      await lab.create(blank('same', { start: true }));
      const before = await known();
      await act('forceStop');
      await lab.machine('same', ({ row, vmi }) => row.status === 'Stopped' && !vmi);
      await act('delete');
      const view = lab.api.bin.watch({});
      let id = '';
      for await (const { entries } of view) {
        const [entry] = entries;
        if (entry?.state !== 'kept') continue;
        id = entry.id;
        break;
      }
      await lab.api.bin.restore({ id, namespace: 'default' });
      await act('start');
      expect(await known()).toEqual(before);
      await lab.remove('same');
    });
  },
  { kinds: ['engine'] },
);
