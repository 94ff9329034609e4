import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../main/backend/paths.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { preparePaths } from '../../../main/embedded/process/paths.ts';
import { processesOf } from '../../soak/sample.ts';
import type { Hearth } from '../../support/hearth.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';

// Every process of a Hearth with a running machine is killed, one after the other: what happened is told, what can go on goes
// on, and in the end nothing is left. In the browser, with a guest that says which boot it is: operations/robust.

const data = temporaryDataDir();
const places = [data.path, dataPaths(data.path).run, preparePaths(data.path, data.path).run];
let hearth: Hearth;
let api: Api;
const up = async (): Promise<void> => {
  hearth = await startHearth(data.path);
  ({ api } = await hearth.page());
};
beforeAll(async () => {
  await up();
  await api.machines.create(
    createMachineSchema.parse({
      name: 'keep',
      source: { type: 'blank' },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 },
      rootDisk: { size: 2 ** 20 },
      firmware: 'bios',
      runStrategy: 'Always',
      cloudInit: { type: 'none' },
    }),
  );
  await running();
}, 120_000);
afterAll(async () => {
  await hearth.stop();
  for (const pid of processesOf(places, []).keys()) process.kill(pid, 'SIGKILL');
  data.remove();
});

const follow = (wanted: (row: MachineRow | undefined) => boolean): Promise<unknown> =>
  until(api.machines.watch({}), rowKeys.machine, (rows) => wanted(rows.get('default/keep')), 90_000);
const running = (): Promise<unknown> => follow((row) => row?.status === 'Running');
const pidsOf = (kind: string): number[] =>
  [...processesOf(places, [])].flatMap(([pid, is]) => (is === kind ? [pid] : []));
const [qemu, engine, network] = ['qemu', 'engine', 'switch'] as const;
const only = (kind: string): number => {
  const found = pidsOf(kind);
  expect(found).toHaveLength(1);
  return found[0] ?? 0;
};
const kill = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}/exe`)).toBe(false);
};

describe('killed', () => {
  it('the network of the machines: another one takes its place, the machine runs on', async () => {
    const [before, machine] = [only(network), only(qemu)];
    await kill(before);
    await expect.poll(() => pidsOf(network).filter((pid) => pid !== before).length, { timeout: 30_000 }).toBe(1);
    expect(only(qemu)).toBe(machine);
    await running();
  });

  it('QEMU: told as an event, and run again where it shall always run', async () => {
    const before = only(qemu);
    await kill(before);
    await expect.poll(() => pidsOf(qemu).filter((pid) => pid !== before).length, { timeout: 60_000 }).toBe(1);
    await running();
    const told = async (): Promise<string> => {
      for await (const update of api.events.watch({}))
        if (update.type === 'snapshot') return JSON.stringify(update.items);
      return '';
    };
    await expect.poll(told, { timeout: 20_000 }).toMatch(/killed|ended by SIGKILL/i);
  });

  it('the engine: the page is told, the next one adopts the machine, nothing runs twice', async () => {
    const [before, machine] = [only(engine), only(qemu)];
    const lost = (async () => {
      for await (const target of api.target.watch({}))
        if (target.state !== 'ready') return target.problem?.title ?? target.state;
      return '';
    })();
    await kill(before);
    expect(await lost).not.toBe('');
    await expect.poll(() => pidsOf(engine).filter((pid) => pid !== before).length, { timeout: 30_000 }).toBe(1);
    await running();
    expect(only(qemu)).toBe(machine);
    only(network);
  });

  it('the backend: its engine ends with it, the machine runs on, the next one finds it', async () => {
    const [before, machine] = [only(engine), only(qemu)];
    const ended = once(hearth.process, 'close');
    hearth.process.kill('SIGKILL');
    await ended;
    await expect.poll(() => existsSync(`/proc/${before}/exe`), { timeout: 20_000 }).toBe(false);
    expect(only(qemu)).toBe(machine);
    await up();
    await running();
    expect(only(qemu)).toBe(machine);
  });

  it('all of them at once: the next Hearth brings the machine back, and deleting it leaves nothing behind', async () => {
    const ended = once(hearth.process, 'close');
    for (const pid of processesOf(places, []).keys()) process.kill(pid, 'SIGKILL');
    await ended;
    await expect.poll(() => processesOf(places, []).size).toBe(0);
    await up();
    await running();
    only(qemu);
    await api.machines.act({ namespace: 'default', name: 'keep', action: 'delete', deleteDisks: true, mode: 'now' });
    await follow((row) => row === undefined);
    await expect.poll(() => pidsOf(qemu), { timeout: 20_000 }).toEqual([]);
    expect(await hearth.stop()).toBe(0);
    await expect.poll(() => [...processesOf(places, []).values()], { timeout: 20_000 }).toEqual([]);
  });
});
