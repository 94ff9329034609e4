import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabDemo } from '../../../main/contract/labs/demo.ts';
import { describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'played'));
writeFileSync(
  join(folder, 'played', 'lab.yaml'),
  `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: played, title: Played, summary: One machine with an empty disk., minutes: 5, level: beginner }
machines: [{ name: web, disk: 16Mi, memory: 64Mi, start: false }]
steps:
  - id: on
    title: Switch it on
    text: "It is **off**.\\n\\nNow it is switched on."
    checks: [{ id: runs, title: It runs, message: It is off., every: 500ms, api: { kind: VirtualMachineInstance, name: web, path: .status.phase, equals: Running } }]
    solution: [{ say: I switch it on., power: { machine: web, action: start } }]
  - id: words
    title: Leave words
    text: Words are left.
    checks: [{ id: there, title: Words are there, message: None., every: 500ms, api: { kind: ConfigMap, name: words } }]
    solution: [{ apply: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: words }, data: { a: b } }] }]
ending: That was it.
`,
);

const lab = 'played';
const told = (on: OperationsLab, fits: (demo: LabDemo | undefined) => boolean): Promise<LabDemo | undefined> =>
  until(on.api.labs.demo({ lab }), fits);

describeTargets('demonstrations', (on) => {
  beforeAll(async () => {
    await on.api.settings.update({ labFolder: folder });
    await until(on.api.labs.watch({}), (update) => 'items' in update ? update.items.some(({ name }) => name === lab) : 'upserted' in update && update.upserted.some(({ name }) => name === lab)); // prettier-ignore
    await on.done((await on.api.labs.start({ lab })).taskId);
  }, 120_000);

  test('a lab plays itself; pause, going on, and taking over', async () => {
    expect(await told(on, () => true)).toBeUndefined();
    await on.api.labs.playDemo({ lab, pace: 1 });
    await told(on, (demo) => demo?.caption === 'It is off.');
    await on.api.labs.steerDemo({ lab, command: 'pause' });
    await told(on, (demo) => demo?.state === 'paused');
    await on.api.labs.playDemo({ lab, pace: 10 });
    expect(await told(on, (demo) => demo?.caption === 'I switch it on.')).toMatchObject({ state: 'playing', doing: 'doing', step: 0, pace: 10 }); // prettier-ignore
    await told(on, (demo) => demo?.step === 1);
    await on.api.labs.steerDemo({ lab, command: 'take-over' });
    expect(await told(on, () => true)).toBeUndefined();
    const run = await until(on.api.labs.run({ lab }), (each) => each !== undefined);
    expect(run).toMatchObject({ state: 'running', step: 1, steps: [{ state: 'passed' }, { state: 'open' }] });
    expect((await problemOf(on.api.labs.steerDemo({ lab, command: 'pause' }))).code).toBe('demo-not-playing');
  }, 90_000);

  test('it comes to the end of the lab, and says what it tells there', async () => {
    await on.api.labs.playDemo({ lab, pace: 10 });
    expect(await told(on, (demo) => demo?.state === 'over' || demo?.state === 'stopped')).toMatchObject({ state: 'over', caption: 'That was it.' }); // prettier-ignore
    expect(await until(on.api.labs.run({ lab }), (each) => each?.state === 'finished')).toMatchObject({ score: { reached: 0 } }); // prettier-ignore
    await on.done((await on.api.labs.end({ lab })).taskId);
    expect(await told(on, () => true)).toBeUndefined();
    expect((await problemOf(on.api.labs.playDemo({ lab }))).code).toBe('lab-not-running');
  }, 90_000);
}); // prettier-ignore
