import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-labs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'lab.yaml'), text);
};
const head = (name: string): string => `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: ${name}, title: Two boxes, summary: Two machines with empty disks., minutes: 5, level: beginner }
`;
/** Machines with empty disks run at once and boot nothing: enough for everything but guests. */
const two = (name: string): string => `${head(name)}
variables: { secret: { generate: password }, greeting: Hello }
networks: [{ name: blue, subnet: 10.9.0.0/24 }]
machines:
  - { name: web, disk: 16Mi, memory: 64Mi, forwards: [80], userData: "#cloud-config\\npassword: '{{secret}}'\\n" }
  - { name: db, disk: 16Mi, memory: 64Mi, networks: [pod, blue=10.9.0.10], start: false }
objects:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: words }, data: { greeting: "{{greeting}}", secret: "{{secret}}" } }
steps:
  - id: first
    title: Switch db on
    text: "{{greeting}}. {{db.name}} is off, {{web.name}} runs at {{web.url.80}}. <b>No</b> {{do:on}}"
    hints: [One., Two.]
    blocks: [{ id: on, title: Switch on, actions: [{ power: { machine: db, action: start } }] }]
    checks:
      - id: runs
        title: db runs
        message: It is off.
        every: 500ms
        api: { kind: VirtualMachineInstance, name: db, path: .status.phase, equals: Running }
    solution: [{ power: { machine: db, action: start } }]
    score: 20
  - id: second
    title: Change the words
    text: Change them.
    before: [{ patch: { kind: ConfigMap, name: words, patch: { data: { greeting: Changed } } } }]
    checks:
      - { id: gone, title: The words are gone, message: They are there., every: 500ms, api: { kind: ConfigMap, name: words, absent: true } }
    solution: [{ delete: { kind: ConfigMap, name: words } }]
    score: 10
ending: Done, {{greeting}}.
`;

const now = (lab: OperationsLab, name: string, check: (run: LabRun | undefined) => boolean): Promise<LabRun | undefined> =>
  until(lab.api.labs.run({ lab: name }), check); // prettier-ignore
const kinds = ['configmaps', 'secrets', 'services', 'persistentvolumeclaims'].map((plural) => `/api/v1/${plural}`).concat(
  '/api/v1/namespaces', '/apis/kubevirt.io/v1/virtualmachines', '/apis/kubevirt.io/v1/virtualmachineinstances', '/apis/cdi.kubevirt.io/v1beta1/datavolumes', '/apis/k8s.cni.cncf.io/v1/network-attachment-definitions',
); // prettier-ignore
/** Everything of these kinds that there is, with its version. */
async function all(lab: OperationsLab): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of kinds) {
    const { items = [] } = (await lab.kube.request('GET', path)) as unknown as { items?: KubeObject[] };
    for (const { metadata } of items) found[`${path} ${metadata.namespace ?? ''}/${metadata.name}`] = metadata.resourceVersion ?? ''; // prettier-ignore
  }
  return found;
}
const names = (found: Record<string, string>): string[] => Object.keys(found).sort();

describeTargets('running labs', (lab) => {
  let before: Record<string, string>;
  beforeAll(async () => {
    for (const name of ['two', 'other']) write(name, two(name));
    await lab.api.settings.update({ labFolder: folder });
    before = await all(lab);
  });

  test('a lab starts, its machines carry its label, and a second start changes nothing', async () => {
    const { taskId } = await lab.api.labs.start({ lab: 'two' });
    await lab.done(taskId);
    const run = await now(
      lab,
      'two',
      (each) => each?.state === 'running' && each.machines.some(({ running }) => running),
    );
    expect(run).toMatchObject({ title: 'Two boxes', step: 0, score: { reached: 0, of: 30 } });
    expect(run?.steps.map(({ state, text }) => [state, text === ''])).toEqual([['open', false], ['closed', true]]); // prettier-ignore
    expect(run?.steps[0]?.text).toMatch(/^Hello\. db is off, web runs at (http:\/\/[\d.]+:\d+|\(not known yet\))\. &lt;b>No&lt;\/b> \{\{do:on\}\}$/); // prettier-ignore
    // The scripted cluster gives no node ports.
    if (lab.kind === 'engine') expect(run?.steps[0]?.text).toContain('http://127.0.0.1:');
    expect(run?.steps[0]?.blocks).toEqual([{ id: 'on', title: 'Switch on', kind: 'do', lines: ['virtctl start db -n lab-two'] }]); // prettier-ignore
    const made = await all(lab);
    for (const object of ['VirtualMachine', 'Secret', 'Service', 'ConfigMap'])
      expect(names(made).filter((name) => name.includes('lab-two/')).join(' ').toLowerCase()).toContain(object.toLowerCase().slice(0, 6)); // prettier-ignore
    const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'db', 'lab-two');
    expect(vm.metadata.labels?.['hearth.dev/lab']).toBe('two');
    const words = await lab.get('v1', 'configmaps', 'words', 'lab-two');
    expect(words['data']).toMatchObject({ greeting: 'Hello', secret: expect.stringMatching(/^[a-z]{4}-[a-z]{4}-[a-z]{4}$/) }); // prettier-ignore

    const again = await lab.api.labs.start({ lab: 'two' });
    await lab.done(again.taskId);
    const versions = await all(lab);
    const own = (found: Record<string, string>) => Object.entries(found).filter(([name]) => /(virtualmachines|configmaps|secrets|services|definitions) lab-two\//.test(name)); // prettier-ignore
    expect(own(versions)).toEqual(own(made));
    expect(names(versions)).toEqual(names(made));
  });

  test('another lab has to wait for its end', async () => {
    expect(await problemOf(lab.api.labs.start({ lab: 'other' }))).toMatchObject({ code: 'lab-another-runs', detail: expect.stringContaining('Two boxes') }); // prettier-ignore
  });

  test('checks turn green as the learner works, hints cost points, steps open one by one', async () => {
    const step = { lab: 'two', step: 'first' };
    await now(lab, 'two', (run) => run?.steps[0]?.checks[0]?.state === 'failed');
    const refused = await problemOf(lab.api.labs.next(step));
    expect(refused).toMatchObject({ code: 'lab-step-not-passed', detail: 'Still missing: db runs.' });
    await lab.api.labs.hint(step);
    const hinted = await now(lab, 'two', (run) => run?.steps[0]?.hints.length === 1);
    expect(hinted?.steps[0]).toMatchObject({ hints: ['One.'], hintsLeft: 1 });
    expect(await problemOf(lab.api.labs.act({ ...step, block: 'nothing' }))).toMatchObject({ code: 'lab-block-not-found' }); // prettier-ignore
    const { taskId } = await lab.api.labs.act({ ...step, block: 'on' });
    await lab.done(taskId);
    await now(lab, 'two', (run) => run?.steps[0]?.checks[0]?.state === 'passed');
    await lab.api.labs.next(step);
    const second = await now(lab, 'two', (run) => run?.step === 1 && run.steps[1]?.state === 'open');
    expect(second?.steps[0]).toMatchObject({ state: 'passed', reached: 15 });
    expect((await lab.get('v1', 'configmaps', 'words', 'lab-two'))['data']).toMatchObject({ greeting: 'Changed' });
    expect(await problemOf(lab.api.labs.next(step))).toMatchObject({ code: 'lab-step-not-open' });
  });

  test('a saved file is the one that runs: words and checks are the new ones, nothing else begins anew', async () => {
    write('two', two('two').replace('Change them.', 'Change all of them.'));
    const run = await now(lab, 'two', (each) => each?.steps[1]?.text === 'Change all of them.');
    expect(run?.steps[0]).toMatchObject({ state: 'passed', reached: 15 });
  });

  test('a script solves a step without points, and the lab is finished', async () => {
    const step = { lab: 'two', step: 'second' };
    await lab.done((await lab.api.labs.solve(step)).taskId);
    await lab.api.labs.next(step);
    const run = await now(lab, 'two', (each) => each?.state === 'finished');
    expect(run).toMatchObject({ score: { reached: 15, of: 30 }, ending: 'Done, Hello.' });
    const row = await until(lab.api.labs.watch({}), (update) => update.type === 'snapshot');
    const rows = row.type === 'snapshot' ? row.items : [];
    expect(rows.find(({ name }) => name === 'two')).toMatchObject({ running: 'finished', best: { score: 15, of: 30 } });
  });

  test('what a person made elsewhere stays, everything of the lab goes', async () => {
    const own = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'default', labels: { 'hearth.dev/lab': 'two' } } }; // prettier-ignore
    await lab.kube.request('POST', '/api/v1/namespaces/default/configmaps', own);
    await lab.done((await lab.api.labs.end({ lab: 'two' })).taskId);
    await now(lab, 'two', (run) => run === undefined);
    const left = await all(lab);
    expect(names(left)).toEqual([...names(before), '/api/v1/configmaps default/mine'].sort());
    for (const [name, version] of Object.entries(before)) if (!name.includes('namespaces')) expect([name, left[name]]).toEqual([name, version]); // prettier-ignore
    expect(await problemOf(lab.api.labs.end({ lab: 'two' }))).toMatchObject({ code: 'lab-not-running' });
    expect(existsSync(join(folder, 'two'))).toBe(true);
    await lab.kube.request('DELETE', '/api/v1/namespaces/default/configmaps/mine');
  });

  test('a namespace of somebody else is not taken', async () => {
    await lab.kube.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-two' } }); // prettier-ignore
    const task = await lab.task((await lab.api.labs.start({ lab: 'two' })).taskId);
    expect(task).toMatchObject({ state: 'failed', problem: { code: 'lab-namespace-taken' } });
    await lab.done((await lab.api.labs.end({ lab: 'two' })).taskId);
    expect(await lab.kube.request('GET', '/api/v1/namespaces/lab-two')).toMatchObject({ kind: 'Namespace' });
    await lab.kube.request('DELETE', '/api/v1/namespaces/lab-two');
  });
});
