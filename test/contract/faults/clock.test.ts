import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { Hearth } from '../../support/hearth.ts';
import { openPage, startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';

// The clock of backend and engine jumps by forty days, forwards and back: longer than a session, the bin or a certificate's
// leeway lasts. Nothing may wait for the clock to catch up, and nothing that somebody has may end for it.

const data = temporaryDataDir();
const clock = `${data.path}-clock`;
const days = (count: number): number => count * 86_400_000;
const jump = (ms: number): void => {
  writeFileSync(`${clock}.new`, String(ms));
  renameSync(`${clock}.new`, clock);
};
let hearth: Hearth;
let api: Api;
let cookie: string;
beforeAll(async () => {
  jump(0);
  hearth = await startHearth(data.path, {
    env: {
      HEARTH_TEST_CLOCK: clock,
      NODE_OPTIONS: `--import ${join(import.meta.dirname, '../../support/shifted-clock.mjs')}`,
    },
  });
  ({ api, cookie } = await hearth.page());
}, 60_000);
afterAll(async () => {
  await hearth.stop();
  data.remove();
  rmSync(clock, { force: true });
});

const rows = (wanted: (names: string[]) => boolean, limit: number): Promise<unknown> =>
  until(api.machines.watch({}), rowKeys.machine, (all) => wanted([...all.values()].map(({ name }) => name)), limit);
const make = (name: string): Promise<unknown> =>
  api.machines.create(
    createMachineSchema.parse({
      name,
      source: { type: 'blank' },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 },
      rootDisk: { size: 2 ** 20 },
      runStrategy: 'Halted',
      cloudInit: { type: 'none' },
    }),
  );
const binned = async (): Promise<string[]> => {
  for await (const { entries } of api.bin.watch({})) return entries.map(({ name }) => name);
  return [];
};

describe.each([
  ['forwards', 'ahead', days(40)],
  ['back', 'behind', -days(40)],
])('the clock jumps %s', (_which, word, ms) => {
  test('an open page is told of changes at once, before and after', async () => {
    const name = `m-${word}`;
    const seen = { before: Promise.withResolvers<void>(), after: Promise.withResolvers<void>() };
    const stop = new AbortController();
    const following = (async () => {
      for await (const update of api.machines.watch({}, { signal: stop.signal })) {
        if (update.type === 'snapshot') seen.before.resolve();
        if (update.type === 'delta' && update.upserted.some((row) => row.name === name)) seen.after.resolve();
      }
    })();
    await seen.before.promise;
    jump(ms);
    const began = performance.now();
    await make(name);
    await seen.after.promise;
    expect(performance.now() - began).toBeLessThan(10_000);
    stop.abort();
    await following.catch(() => undefined);
  });

  test('who is signed in stays so, and who signs in gets in', async () => {
    const page = await openPage(hearth.origin, cookie);
    for await (const settings of page.api.settings.watch({})) {
      expect(settings.version).toBe(1);
      break;
    }
    page.close();
  });

  test('the engine answers, with objects in the order they were made', async () => {
    const kube = kubeOf(hearth.kubeconfig);
    const path = '/api/v1/namespaces/default/configmaps';
    const first = await kube.request('POST', path, { metadata: { name: `a-${word}` } });
    const second = await kube.request('POST', path, { metadata: { name: `b-${word}` } });
    const version = ({ metadata }: typeof first): number => Number(metadata.resourceVersion);
    expect(version(second)).toBeGreaterThan(version(first));
  });

  test('the bin keeps what is in it', async () => {
    const name = `m-${word}`;
    await api.machines.act({ namespace: 'default', name, action: 'delete', deleteDisks: true });
    await rows((names) => !names.includes(name), 30_000);
    await expect.poll(binned, { timeout: 30_000 }).toContain(name);
    jump(0);
    jump(ms);
    expect(await binned()).toContain(name);
    jump(0);
    expect(await binned()).toContain(name);
  });
});
