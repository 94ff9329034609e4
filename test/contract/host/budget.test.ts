import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { budgetOf } from '../../../main/backend/host/budget.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { settingsPatchSchema, settingsSchema } from '../../../main/contract/settings.ts';
import type { Target } from '../../../main/contract/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-budget-'));
const context = { signal: new AbortController().signal };
const MiB = 2 ** 20;
let backend: Backend;
let page: ContractHandlers;
beforeAll(async () => {
  backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  page = backend.handlers('desktop');
}, 60_000);
afterAll(async () => {
  await backend.close({ stopVms: true });
  rmSync(folder, { recursive: true, force: true });
});

/** A machine as soon as it shows what is asked for; its row, and why it waits. */
async function shows(name: string, status: string): Promise<MachineRow & { waitsFor: string }> {
  return vi.waitFor(
    async () => {
      for await (const detail of page.machines.detail({ namespace: 'default', name }, context)) {
        if (!detail || detail.row.status !== status) throw new Error(`${name}: ${detail?.row.status}`);
        return { ...detail.row, waitsFor: detail.row.why ?? '' };
      }
      throw new Error('no detail');
    },
    { timeout: 30_000, interval: 200 },
  );
}
const create = (name: string, cores: number): unknown =>
  page.machines.create(createMachineSchema.parse({
    name, source: { type: 'blank' }, rootDisk: { size: 64 * MiB, bus: 'virtio' },
    size: { type: 'free', sockets: 1, cores, threads: 1, memory: 32 * MiB }, start: true,
  }), context); // prettier-ignore
async function promised(count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      for await (const target of page.target.watch({}, context)) {
        const { capacity }: Target = target;
        expect(capacity?.virtualProcessors).toBe(count);
        return;
      }
    },
    { timeout: 20_000 },
  );
}

test('virtual processors: a start above the ratio is refused with the figures, and made by itself once it was raised', async () => {
  await promised(availableParallelism() * 10);
  await page.settings.update({ reservedProcessors: availableParallelism() - 1, processorRatio: 1 }, context);
  await promised(1);
  await create('wide', 2);
  const { waitsFor } = await shows('wide', 'ErrorUnschedulable');
  expect(waitsFor).toContain('1 Insufficient cpu. The machine has 2 virtual CPUs; 1 of 1 for machines are free.');
  await page.settings.update({ processorRatio: 3 }, context);
  await shows('wide', 'Running');
  await create('more', 2);
  expect((await shows('more', 'ErrorUnschedulable')).waitsFor).toContain('has 2 virtual CPUs; 1 of 3 for machines');
  await page.machines.act({ namespace: 'default', name: 'wide', action: 'forceStop', deleteDisks: false, mode: 'now' }, context); // prettier-ignore
  await shows('more', 'Running');
}, 90_000);

test('the disk: below what is kept no machine is started; it starts by itself when less is kept', async () => {
  await page.settings.update({ reservedDisk: 1024 ** 5, processorRatio: 10 }, context);
  await promised(10);
  await create('late', 1);
  const { waitsFor } = await shows('late', 'ErrorUnschedulable');
  expect(waitsFor).toMatch(/1 Insufficient ephemeral-storage\. [\d.]+ [GTM]iB of the disk are free .+, 1\.0 PiB are kept for the computer\./); // prettier-ignore
  // What runs goes on.
  await shows('more', 'Running');
  await page.settings.update({ reservedDisk: 0 }, context);
  await shows('late', 'Running');
}, 60_000);

test('memory: more than there is, as far as it was said', async () => {
  for (const name of ['more', 'late']) await page.machines.act({ namespace: 'default', name, action: 'forceStop', deleteDisks: false, mode: 'now' }, context); // prettier-ignore
  await shows('more', 'Stopped');
  await shows('late', 'Stopped');
  await page.settings.update({ reservedMemory: totalmem() - 64 * MiB }, context);
  await vi.waitFor(async () => {
    for await (const target of page.target.watch({}, context)) return expect(target.capacity?.memory).toBe(64 * MiB);
  }, 20_000);
  await create('thick', 1);
  expect((await shows('thick', 'ErrorUnschedulable')).waitsFor).toContain('64.0 MiB of 64.0 MiB for machines are free');
  await page.settings.update({ memoryPercent: 300 }, context);
  await shows('thick', 'Running');
}, 60_000);

test('what makes no sense is refused; one processor stays for machines', () => {
  const bad = [{ processorRatio: 0 }, { processorRatio: 101 }, { processorRatio: 1.5 }, { reservedProcessors: -1 }, { memoryPercent: 99 }, { memoryPercent: 301 }, { reservedDisk: -1 }, { reservedDisk: 2 ** 60 }]; // prettier-ignore
  for (const patch of bad) expect([patch, settingsPatchSchema.safeParse(patch).success]).toEqual([patch, false]);
  const settings = settingsSchema.parse({ version: 1, reservedProcessors: 8, processorRatio: 4, memoryPercent: 150, reservedDisk: 5 }); // prettier-ignore
  expect(budgetOf(settings, { memory: 3 * 1024 ** 3, processors: 4 })).toEqual({ memory: 3 * 1024 ** 3, processors: 4, keptDisk: 5 }); // prettier-ignore
});
