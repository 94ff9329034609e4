import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { Hearth } from '../../support/hearth.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';

// Every file that the backend keeps is damaged while Hearth is away. It must start, keep each damaged file beside its place,
// byte by byte, say so in its log, and go on. What the engine keeps: operations/objects/damage, operations/disks/lost.

let data: ReturnType<typeof temporaryDataDir>;
let hearth: Hearth | undefined;
afterEach(async () => {
  await hearth?.stop();
  hearth = undefined;
  data.remove();
});

/** Files that are read at the start or by what a page asks first, and that a new Hearth has not written yet. */
const more = ['targets.json', 'tasks.json', 'known-hosts.json', 'notifications.json', 'notifications.jsonl', 'first-boots.json']; // prettier-ignore
/** What the trial of accelerators found is kept to save a moment: it is tried anew. */
const cached = new Set(['host/trial.json']);

const files = (): string[] =>
  readdirSync(data.path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jsonl?$/.test(name) && !name.startsWith('engine/') && !cached.has(name))
    .sort();
const aside = (name: string): string[] =>
  readdirSync(join(data.path, name, '..')).filter((each) => each.startsWith(`${basename(name)}.corrupt-`));

beforeEach(async () => {
  data = temporaryDataDir();
  hearth = await startHearth(data.path);
  const { api } = await hearth.page();
  await api.settings.update({ setupDone: true, theme: 'dark' });
  await api.host.overrideAccelerator({ accelerator: 'tcg' });
  await api.machines.create(
    createMachineSchema.parse({
      name: 'kept',
      source: { type: 'blank' },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 },
      rootDisk: { size: 2 ** 20 },
      runStrategy: 'Halted',
      cloudInit: { type: 'none' },
    }),
  );
  await hearth.stop();
  hearth = undefined;
}, 60_000);

describe.each([
  ['cut in the middle', (text: string) => text.slice(0, Math.ceil(text.length / 2))],
  ['of something else', () => '["nothing", "of", "ours"]\n'],
  ['full of zeros, as after a power cut', (text: string) => '\0'.repeat(text.length)],
])('files that are %s', (_how, damage) => {
  test('are kept beside and named, and Hearth starts', async () => {
    for (const name of more) writeFileSync(join(data.path, name), '{"version":1,"tasks":[],"nothing":"that is needed"}\n', { flag: 'a' }); // prettier-ignore
    const damaged = new Map(files().map((name) => [name, damage(readFileSync(join(data.path, name), 'utf8'))]));
    expect([...damaged.keys()]).toEqual(expect.arrayContaining(['settings.json', 'sessions.json', 'audit.jsonl']));
    for (const [name, text] of damaged) writeFileSync(join(data.path, name), text);
    hearth = await startHearth(data.path);
    const { api } = await hearth.page();
    for await (const settings of api.settings.watch({})) {
      expect(settings.version).toBe(1);
      break;
    }
    // Whatever reads late is made to.
    for (const stream of [api.labs.watch({}), api.boxes.watch({}), api.appliances.watch({}), api.targets.watch({}), api.notifications.settings({})])
      for await (const _first of stream as AsyncIterable<unknown>) break; // prettier-ignore
    await hearth.stop();
    const said = hearth.stderr();
    hearth = undefined;
    const lost: string[] = [];
    for (const [name, text] of damaged) {
      const kept = aside(name);
      const wholeBeside = kept.some((each) => bytesOf(name, each) === text);
      // A list loses the line that was cut, and keeps the others.
      const lineBeside = name.endsWith('.jsonl') && kept.some((each) => text.includes(bytesOf(name, each).trim()));
      const untouched = statSync(join(data.path, name), { throwIfNoEntry: false })?.size === text.length && readFileSync(join(data.path, name), 'utf8') === text; // prettier-ignore
      if (!wholeBeside && !lineBeside && !untouched) lost.push(name);
      if (kept.length > 0) expect(said).toContain(`${basename(name)}.corrupt-`);
    }
    expect(lost).toEqual([]);
  }, 120_000);
});

function bytesOf(name: string, beside: string): string {
  return readFileSync(join(data.path, name, '..', beside), 'utf8');
}
