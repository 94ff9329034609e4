import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSets } from '../../../main/backend/sets/sets.ts';
import { acting } from '../../../main/backend/target/acting.ts';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';

let root: string;
const ending: (() => Promise<void>)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hearth-set-follow-'));
});
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  rmSync(root, { recursive: true, force: true });
});
const context = { signal: new AbortController().signal };

/** Sets over a target that never opens: `asked` is who was acting each time that a follower wanted it. */
async function sets() {
  const known = createLiveValue<readonly string[]>(['kind-lab']);
  const asked: (string | undefined)[] = [];
  const told = new Set<(id: string) => void>();
  const silent = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
  const opened = await openSets({
    target: () => ({ state: { value: { id: 'kind-lab' } } }),
    paths: { root },
    log: silent,
    ending: new AbortController().signal,
    open: async () => {
      asked.push(acting.getStore()?.who ?? (acting.getStore() && 'somebody'));
      throw new Error('it does not open');
    },
    isKnown: (id: string) => known.value.includes(id),
    changes: (signal: AbortSignal) => known.watch(signal),
    onForgotten: (tell: (id: string) => void) => {
      told.add(tell);
      return () => void told.delete(tell);
    },
  } as unknown as Parameters<typeof openSets>[0]);
  ending.push(() => opened.close());
  return { ...opened, known, asked, told };
}
const follow = (dir: string) => ({ source: { type: 'folder' as const, dir }, prune: false, pruneDisks: false });
function place(name: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  touch(dir);
  return dir;
}
let count = 0;
const touch = (dir: string): void => {
  count += 1;
  writeFileSync(join(dir, 'a.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m${count}}\n`);
};
const kept = (): { targets: object } =>
  JSON.parse(readFileSync(join(root, 'sets.json'), 'utf8')) as { targets: object };
/** Longer than a change of a folder takes to be seen. */
const seen = 1500;

test(
  'of two that begin at once the second follows alone, and nobody once it is forgotten',
  { timeout: 20_000 },
  async () => {
    const { handlers, asked } = await sets();
    const [one, other] = [place('one'), place('other')];
    await Promise.all([handlers.follow(follow(one), context), handlers.follow(follow(other), context)]);
    expect(kept().targets).toMatchObject({ 'kind-lab': { follow: { name: 'other' } } });
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), 5000);
    const before = asked.length;
    const again = (): void => {
      touch(other);
      expect(asked.length).toBeGreaterThan(before);
    };
    await vi.waitFor(again, { timeout: 10_000, interval: seen });
    await handlers.forget({}, context);
    const at = asked.length;
    for (const dir of [one, other]) touch(dir);
    await wait(seen);
    expect(asked).toHaveLength(at);
  },
);

test('a target that is forgotten is followed no more, also when another one gets its name', async () => {
  const { handlers, known, asked } = await sets();
  const dir = place('lab');
  await handlers.follow(follow(dir), context);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), 5000);
  known.set([]);
  await vi.waitFor(() => expect(kept().targets).toEqual({}), 5000);
  known.set(['kind-lab']);
  const at = asked.length;
  touch(dir);
  await wait(seen);
  expect(asked).toHaveLength(at);
});

test('one that is forgotten and added anew in the same moment follows nothing', async () => {
  const { handlers, told } = await sets();
  await handlers.follow(follow(place('lab')), context);
  for (const tell of told) tell('kind-lab');
  await vi.waitFor(() => expect(kept().targets).toEqual({}), 5000);
});

test('what was followed on a target that went while Hearth was away does not begin', async () => {
  const dir = place('lab');
  const before = { version: 1, targets: { 'kind-old': { follow: { name: 'lab', ...follow(dir) } } } };
  writeFileSync(join(root, 'sets.json'), JSON.stringify(before));
  const { asked } = await sets();
  expect(kept().targets).toEqual({});
  await wait(seen);
  expect(asked).toEqual([]);
});

test('whoever asked for it does not act in what comes of it later', async () => {
  const { handlers, asked } = await sets();
  const someone = { sent: () => undefined, who: 'someone' };
  await acting.run(someone, async () => handlers.follow(follow(place('lab')), context));
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), 5000);
  expect(asked[0]).toBeUndefined();
});
