import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../../main/contract/contract.ts';
import { dataPaths } from '../../main/backend/paths.ts';
import { rowOf, serialShell, starterMachine } from '../e2e/support/guest.ts';
import { Lab } from '../e2e/support/lab.ts';
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

  test('the engine ends in the middle of it: the next one goes on in order, and starts nobody twice', async () => {
    const names = ['zulu', 'mike', 'alpha', 'bravo'];
    const pids = names.map((name) => lab.pid(name));
    const old = new Map(names.map((name) => [name, lab.vmi(name)?.metadata.uid]));
    const back = (name: string) => lab.phase(name) === 'Running' && lab.vmi(name)?.metadata.uid !== old.get(name);
    await lab.restartEngine(async () => {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await expect.poll(() => pids.filter(alive), { timeout: 5000 }).toEqual([]);
    });
    await lab.until('zulu runs', () => back('zulu'));
    // mike still waits its 4 s after zulu.
    expect(names.filter(back)).toEqual(['zulu']);
    const first = lab.pid('zulu');
    await lab.restartEngine();
    await lab.until('all run again', () => names.every(back));
    const [mike, alpha, bravo] = ['mike', 'alpha', 'bravo'].map((name) => ranAt(lab, name)) as [number, number, number];
    expect([alpha - mike >= 2, bravo >= alpha, lab.pid('zulu')]).toEqual([true, true, first]);
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

describe('a guest that was deleted and came back', () => {
  let lab: Lab;
  let api: Api;
  const of = { namespace: 'default', name: 'diary' };
  beforeAll(async () => {
    lab = await Lab.start();
    api = await lab.api();
    await api.settings.update({ setupDone: true });
  }, 240_000);
  afterAll(() => lab?.end(), 60_000);
  const entry = async (name: string): Promise<string> => {
    for await (const { entries } of api.bin.watch({})) {
      const found = entries.find((each) => each.name === name && each.state === 'kept');
      if (found) return found.id;
    }
    throw new Error('the stream ended');
  };

  test('has the file that it wrote, its machine id and its SSH keys', async () => {
    await starterMachine(api, of.name, { runStrategy: 'RerunOnFailure', start: true });
    await rowOf(api, of.name, ({ status }) => status === 'Running');
    let shell = await serialShell(api, of);
    const marks = 'cat /root-mark 2>/dev/null; cat ~/mark; cat /etc/machine-id 2>/dev/null; cat /etc/dropbear/*key* 2>/dev/null | md5sum'; // prettier-ignore
    await shell.run("echo 'written before' > ~/mark; sync");
    const before = await shell.run(marks);
    expect(before).toContain('written before');
    shell.close();
    await api.machines.act({ ...of, action: 'delete' });
    const id = await entry(of.name);
    await api.bin.restore({ id, namespace: 'default', start: true });
    await rowOf(api, of.name, ({ status }) => status === 'Running');
    // Started by the restore, it goes on as it was meant to.
    for await (const { vm } of api.machines.detail(of)) {
      expect(vm.spec?.['runStrategy']).toBe('RerunOnFailure');
      break;
    }
    shell = await serialShell(api, of);
    expect(await shell.run(marks)).toBe(before);
    shell.close();
    await api.machines.act({ ...of, action: 'delete', deleteDisks: true, mode: 'now' });
  }, 240_000);

  test('of UEFI keeps the variables that its firmware wrote: they move to the new machine', async () => {
    const name = 'efi';
    await api.machines.create(blank(name, { firmware: 'uefi', start: true }));
    await rowOf(api, name, ({ status }) => status === 'Running');
    const folder = dataPaths(lab.dataDir).root;
    const vars = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('vars.qcow2')); // prettier-ignore
    await api.machines.act({ namespace: 'default', name, action: 'forceStop' });
    await rowOf(api, name, ({ status }) => status === 'Stopped');
    const [first = ''] = vars();
    const written = readFileSync(join(folder, first));
    await api.machines.act({ namespace: 'default', name, action: 'delete' });
    const id = await entry(name);
    expect(first).toContain(id);
    await api.bin.restore({ id, namespace: 'default' });
    await expect.poll(() => existsSync(join(folder, first))).toBe(false);
    const [second = '', ...more] = vars();
    expect([more, readFileSync(join(folder, second)).equals(written)]).toEqual([[], true]);
    await api.machines.act({ namespace: 'default', name, action: 'delete', deleteDisks: true, mode: 'now' });
    await expect.poll(vars).toEqual([]);
  }, 120_000);
});
