import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import type { Task } from '../../../main/contract/task.ts';
import { taskDone, withStarter } from '../../e2e/support/guest.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import { blank, problemOf, until } from '../../support/operations/lab.ts';
import { starterImage } from '../../support/starter.ts';

// One lab with one real guest from its start to its end, by the calls that pages make. Hearth is killed in the middle of it,
// twice: in the start (which lasts until the guest serves pages, so that there is a middle), and while somebody works.

const name = 'pages';
const lab = { lab: name };
const file = `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: ${name}, title: Two pages, summary: Two pages on one machine., minutes: 5, level: beginner }
images: [{ name: starter, use: starter }]
networks: [{ name: blue, subnet: 10.9.0.0/24 }]
variables: { word: Hello }
machines:
  - { name: web, image: starter, memory: 128Mi, firmware: bios, networks: [pod, blue=10.9.0.10], forwards: [80] }
objects:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: words }, data: { word: "{{word}}" } }
steps:
  - id: hello
    title: A page
    text: "Write it at {{web.url.80}}. {{do:write}}"
    before: [{ wait: { for: { tcp: { machine: web, port: 80 } }, timeout: 4m } }]
    hints: [The first., The second.]
    blocks:
      - { id: write, title: Write it for me, actions: [{ ssh: { machine: web, user: root, command: "echo {{word}} > /var/www/hello.txt" } }] }
    checks:
      - { id: page, title: The page says hello, message: It does not., every: 500ms, http: { machine: web, port: 80, path: /hello.txt, contains: Hello } }
    solution: [{ ssh: { machine: web, user: root, command: "echo {{word}} > /var/www/hello.txt" } }]
    score: 20
  - id: slow
    title: A lost packet
    text: Let it be found.
    before: [{ fault: { machine: web, delay: { ms: 20 } } }]
    checks:
      - { id: file, title: There is a file, message: There is none., every: 500ms, ssh: { machine: web, command: cat /tmp/found, contains: found } }
      - { id: words, title: The words are gone, message: They are there., every: 500ms, api: { kind: ConfigMap, name: words, absent: true } }
    solution:
      - ssh: { machine: web, command: "echo found > /tmp/found" }
      - delete: { kind: ConfigMap, name: words }
      - cure: {}
    score: 10
ending: "{{word}} at {{web.address}}."
`;
const huge = file.replaceAll(name, 'huge').replace('memory: 128Mi', 'memory: 900Gi').replace(/\n {2}- id: slow[^]*\nending/, '\nending'); // prettier-ignore

const data = temporaryDataDir();
const labs = join(data.path, 'development');
let hearth: Hearth;
let page: Page;
let api: Api;
/** Everything of the target before any lab ran. */
let before: Record<string, string>;

async function up(): Promise<void> {
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  api = page.api;
  await until(api.target.watch({}), ({ state }) => state === 'ready');
}
/** Without a word to anybody, and the next one. */
async function kill(): Promise<void> {
  const gone = new Promise((resolve) => hearth.process.once('close', resolve));
  hearth.process.kill('SIGKILL');
  await gone;
  page.close();
  await up();
}
beforeAll(async () => {
  for (const [folder, text] of Object.entries({ [name]: file, huge })) {
    mkdirSync(join(labs, folder), { recursive: true });
    writeFileSync(join(labs, folder, 'lab.yaml'), text);
  }
  const image = await starterImage();
  for (const from of [image, image.replace(/qcow2$/, 'json')]) cpSync(from, join(data.path, 'starter', basename(from)));
  await up();
  await api.settings.update({ labFolder: labs });
  await withStarter(api);
  await api.machines.create(blank('other'));
  const labels = { 'hearth.dev/lab': 'another' };
  await kube().request('POST', '/api/v1/namespaces/default/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', labels } }); // prettier-ignore
  before = await everything();
}, 180_000);
afterAll(async () => {
  page.close();
  await hearth.stop();
  data.remove();
}, 60_000);

const kube = () => kubeOf(hearth.kubeconfig);
/** What changes by itself, or is made anew by each engine: it says nothing of what a lab did. */
const restless = /^(events|nodes|csistoragecapacities|leases|kubevirts|volumesnapshotclasses|pods kubevirt\/)/;
/** Every object of every kind that the target serves, with its uid and version. */
async function everything(): Promise<Record<string, string>> {
  const target = kube();
  const groups = (await target.request('GET', '/apis'))['groups'] as { versions: { groupVersion: string }[] }[];
  const found: Record<string, string> = {};
  for (const path of [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map((each) => `/apis/${each.groupVersion}`)),
  ]) {
    // prettier-ignore
    const { resources } = (await target.request('GET', path)) as unknown as { resources: { name: string; verbs: string[] }[] };
    for (const { name: plural, verbs } of resources) {
      if (plural.includes('/') || !verbs.includes('list')) continue;
      const { items = [] } = await target.request('GET', `${path}/${plural}`);
      for (const { metadata } of items) {
        const key = `${plural} ${metadata.namespace ?? ''}/${metadata.name}`;
        if (!restless.test(key)) found[key] = `${metadata.uid} ${metadata.resourceVersion}`;
      }
    }
  }
  return found;
}
const ofLab = (all: Record<string, string>): string[] => Object.keys(all).filter((key) => key.includes(`lab-${name}`)).sort(); // prettier-ignore
/** What may not change: everything but the lab's own, and what the machine of the lab makes beside it. */
const others = (all: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes(`lab-${name}`))); // prettier-ignore

const run = (is: (run: LabRun | undefined) => boolean): Promise<LabRun | undefined> => until(api.labs.run(lab), is);
const open = (id: string) => (each: LabRun | undefined): boolean => each?.steps[each.step]?.id === id && each.steps[each.step]?.state === 'open'; // prettier-ignore
const checks = (state: string) => (each: LabRun | undefined): boolean => each?.steps[each.step]?.checks.every((check) => check.state === state) ?? false; // prettier-ignore
async function task({ taskId }: { taskId: string }, is: (task: Task) => boolean): Promise<Task> {
  let found: Task | undefined;
  await until(api.tasks.watch({}), (update) => {
    const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    found = tasks.find(({ id }) => id === taskId) ?? found;
    return found !== undefined && is(found);
  });
  return found as Task;
}
const done = async (called: Promise<{ taskId: string }>): Promise<Task> => taskDone(api, (await called).taskId);

test('too little memory is told with both numbers, and nothing is made', async () => {
  const { problems } = await api.labs.preview({ lab: 'huge' });
  expect(problems).toMatchObject([{ code: 'lab-memory', detail: expect.stringMatching(/^The lab needs 900\.0 GiB of memory, and \d+\.\d GiB are free\.$/) }]); // prettier-ignore
  expect(await problemOf(api.labs.start({ lab: 'huge' }))).toMatchObject({ code: 'lab-memory', detail: problems[0]?.detail }); // prettier-ignore
  expect(await everything()).toEqual(before);
});

test('a start that was stopped half-way ends cleanly', async () => {
  const started = await api.labs.start(lab);
  await task(started, ({ steps }) =>
    steps.some(({ title, state }) => title.startsWith('Start') && state === 'running'),
  );
  await api.tasks.cancel({ id: started.taskId });
  expect(await task(started, ({ state }) => state !== 'running')).toMatchObject({ state: 'cancelled' });
  expect(await run((each) => each?.state === 'failed')).toMatchObject({ problem: { code: 'lab-start-stopped' } });
  expect(ofLab(await everything())).toContain(`namespaces /lab-${name}`);
  await done(api.labs.end(lab));
  expect(await everything()).toEqual(before);
});

test('Hearth is killed while it starts: the lab says so, and another start goes on', async () => {
  const started = await api.labs.start(lab);
  await task(started, ({ steps }) =>
    steps.some(({ title, state }) => title.startsWith('Start') && state === 'running'),
  );
  const made = (await everything())[`virtualmachines lab-${name}/web`]?.split(' ')[0];
  expect(made).toBeDefined();
  await kill();
  expect(await run(Boolean)).toMatchObject({ state: 'failed', problem: { code: 'lab-cut-off' } });
  await done(api.labs.start(lab));
  expect((await everything())[`virtualmachines lab-${name}/web`]).toContain(made);
  expect(await run(open('hello'))).toMatchObject({ state: 'running', step: 0, score: { reached: 0, of: 30 } });
});

test('another start changes nothing', async () => {
  const settled = await run((each) => each?.machines[0]?.running === true);
  const made = await everything();
  await done(api.labs.start(lab));
  const now = await everything();
  expect(Object.keys(now).sort()).toEqual(Object.keys(made).sort());
  // A guest that boots tells more and more of itself: its instance, and what is told of it.
  const told = /^(virtualmachines|virtualmachineinstances|pods|persistentvolumeclaims|datavolumes) lab-/;
  for (const [key, version] of Object.entries(made)) if (!told.test(key)) expect([key, now[key]]).toEqual([key, version]); // prettier-ignore
  for (const [key, version] of Object.entries(made)) expect([key, now[key]?.split(' ')[0]]).toEqual([key, version.split(' ')[0]]); // prettier-ignore
  expect(await run(Boolean)).toMatchObject({ state: 'running', step: 0, startedAt: settled?.startedAt });
});

test('checks are red, a hint costs points, the button does it, checks are green', async () => {
  const first = { ...lab, step: 'hello' };
  const red = await run(checks('failed'));
  expect(red?.steps[0]?.text).toMatch(/^Write it at http:\/\/127\.0\.0\.1:\d+\. \{\{do:write\}\}$/);
  expect(await problemOf(api.labs.next({ ...first, skip: false }))).toMatchObject({
    code: 'lab-step-not-passed',
    output: [expect.stringMatching(/^The page says hello: /)],
  });
  await api.labs.hint(first);
  expect((await run((each) => each?.steps[0]?.hints.length === 1))?.steps[0]).toMatchObject({ hints: ['The first.'], hintsLeft: 1 }); // prettier-ignore
  await done(api.labs.act({ ...first, block: 'write' }));
  await run(checks('passed'));
  const url = /http:\S+\d/.exec(red?.steps[0]?.text ?? '')?.[0];
  expect(await (await fetch(`${url}/hello.txt`)).text()).toBe('Hello\n');
});

test('the next step: what its author wants broken is broken, a checkpoint was taken, points were counted', async () => {
  await api.labs.next({ ...lab, step: 'hello', skip: false });
  const second = await run((each) => open('slow')(each) && (each?.faults.length ?? 0) > 0);
  expect(second).toMatchObject({ score: { reached: 15, of: 30 }, steps: [{ state: 'passed', reached: 15 }, { state: 'open' }] }); // prettier-ignore
  expect(second?.steps.map(({ checkpoint }) => checkpoint?.memory)).toEqual([true, true]);
  expect(second?.faults).toMatchObject([{ kind: 'delay', name: 'web' }]);
});

test('Hearth is killed while somebody works: the run is as it was, and goes on', async () => {
  await run(checks('failed'));
  await kill();
  const after = await run(open('slow'));
  expect(after).toMatchObject({ state: 'running', score: { reached: 15, of: 30 }, steps: [{ hints: ['The first.'] }, {}] }); // prettier-ignore
  await run(checks('failed'));
  await done(api.labs.solve({ ...lab, step: 'slow' }));
  await run((each) => checks('passed')(each) && each?.faults.length === 0);
  await api.labs.next({ ...lab, step: 'slow', skip: false });
  const finished = await run((each) => each?.state === 'finished');
  // A script brings no points.
  expect(finished).toMatchObject({ score: { reached: 15, of: 30 }, ending: expect.stringMatching(/^Hello at [\d.]+\.$/) as string }); // prettier-ignore
});

test('back to the first step: its page is not written yet, its check is red, and it can be done again', async () => {
  await done(api.labs.rewind({ ...lab, step: 'hello' }));
  expect(await run(open('hello'))).toMatchObject({ state: 'running', faults: [], steps: [{ hints: ['The first.'] }, { state: 'closed' }] }); // prettier-ignore
  // The checkpoint was taken while the guest still started: it does so once more.
  await run((each) => each?.steps[0]?.checks[0]?.told?.includes('404') === true);
  expect((await everything())[`configmaps lab-${name}/words`]).toBeDefined();
  await done(api.labs.solve({ ...lab, step: 'hello' }));
  await run(checks('passed'));
});

test('the end: everything of the lab is gone, and nothing else', async () => {
  const labelled = ofLab(await everything());
  expect(labelled.length).toBeGreaterThan(6);
  await done(api.labs.end(lab));
  expect(await run((each) => each === undefined)).toBeUndefined();
  const left = await everything();
  expect(ofLab(left)).toEqual([]);
  expect(others(left)).toEqual(others(before));
});
