import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { networkDefinition } from '../../../main/backend/networks/definition.ts';
import type { Taken } from '../../../main/backend/labs/rewind/checkpoints.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { lab as name, namespace, RewindLab } from '../../support/labs/rewind-lab.ts';

// Three real guests of 128 MiB, software emulation. Times are printed: this computer may have other things to do.

const names = ['one', 'two', 'three'];
const never = new AbortController().signal;
const nads = `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions`;
const blue = networkDefinition({ namespace, name: 'blue', subnet: '10.9.0.0/24' });
let lab: RewindLab;

beforeAll(async () => {
  lab = await RewindLab.start();
  for (const each of names) await lab.machine(each);
  for (const each of names) await lab.logIn(each);
  for (const each of names)
    if (!(await lab.web(each)).includes(each)) throw new Error(`the page of ${each} does not name it`);
  await lab.kube.request('POST', nads, blue);
}, 480_000);
afterAll(() => lab.end(), 60_000);

const say = (what: string, since: number): void => console.log(`${what}: ${((performance.now() - since) / 1000).toFixed(1)} s`); // prettier-ignore
function checkpoint(taken: Taken) {
  if ('noCheckpoint' in taken) throw new Error(taken.noCheckpoint);
  return taken.checkpoint;
}
const machines = async (): Promise<string[]> => {
  const { items } = await lab.kube.request('GET', `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`);
  return ((items ?? []) as KubeObject[]).map(({ metadata }) => metadata.name ?? '').sort((a, b) => a.localeCompare(b));
};
/** A file on the disk and a web page that say the step, and a process that runs since then. */
const mark = (step: string) => (each: string) =>
  lab.ask(each, `echo ${step} > /root/${step}; echo ${step} > /var/www/step.html; sync; sleep 9${step.length}99 & now=${step}`); // prettier-ignore
const everywhere = (work: (each: string) => Promise<unknown>): Promise<unknown> => Promise.all(names.map(work));
/** The files, and what the session of then remembers. */
const found = async (each: string): Promise<string[]> => (await lab.ask(each, 'cd /root; ls step* later* 2>/dev/null; cd; echo "now $now"')).split(/\s+/); // prettier-ignore
async function allAnswer(step: string): Promise<void> {
  await everywhere(async (each) => expect((await lab.web(each, '/step.html')).trim()).toBe(step));
}
/** Does away with a machine, ruins the disk of another one and switches it off, and leaves no name of the third. */
async function breakAll(): Promise<void> {
  await lab.page.api.machines.act({ namespace, name: 'one', action: 'delete', deleteDisks: true, mode: 'now' });
  await lab.ask('two', 'dd if=/dev/zero of=/dev/vda bs=1M count=40 2>/dev/null; sync');
  await lab.page.api.machines.act({ namespace, name: 'two', action: 'forceStop' });
  await lab.ask('three', 'killall httpd; rm -rf /var/www /root/step*; touch /root/later; sync');
  await lab.kube.request('DELETE', `/api/v1/namespaces/${namespace}/services/three-tcp-80`);
  await lab.kube.request('DELETE', `${nads}/blue`);
  await lab.machine('stray', {
    source: { type: 'blank' },
    rootDisk: { size: 64 * 2 ** 20 },
    network: { forwards: [] },
  });
}
async function isAsAt(step: string): Promise<void> {
  await allAnswer(step);
  expect(await machines()).toEqual(['one', 'three', 'two']);
  expect((await lab.kube.request('GET', `${nads}/blue`)).spec).toEqual(blue.spec);
  for (const each of names) {
    // The session that was logged in goes on, with its variable and its processes: its memory is back.
    expect(await found(each)).toEqual([...new Set(['step1', step]), 'now', step]);
    expect(await lab.ask(each, `ps | grep -c "sleep 9[${step.length}]99"`)).toBe(step === 'step1' ? '1' : '2');
  }
}

test('a checkpoint: the guests hardly notice', async () => {
  await everywhere(mark('step1'));
  await lab.ask('one', '(while :; do cut -d" " -f1 /proc/uptime; sleep 0.1; done > /tmp/beat) & sleep 3');
  let since = performance.now();
  const first = checkpoint(await lab.checkpoints.take(lab.place, 'step1'));
  say('checkpoint of three machines', since);
  await delay(1500);
  const gap = Number(await lab.ask('one', `awk 'NR > 1 && $1 - l > m { m = $1 - l } { l = $1 } END { print m }' /tmp/beat`)); // prettier-ignore
  console.log(`longest silence of a guest that says something each 0.1 s: ${gap} s`);
  expect(first).toMatchObject({ step: 'step1', memory: true, notes: [] });
  expect(first.bytes).toBeGreaterThan(names.length * 16 * 2 ** 20);
  expect(gap).toBeLessThan(20);
  await everywhere(mark('step2'));
  since = performance.now();
  checkpoint(await lab.checkpoints.take(lab.place, 'step2'));
  say('the next one', since);
}, 240_000);

test('everything is broken, and back: all three answer, nothing of later is there', async () => {
  const ports = await Promise.all(names.map((each) => lab.port(each)));
  await everywhere((each) => lab.ask(each, 'touch /root/later; sync'));
  await breakAll();
  let since = performance.now();
  expect(await lab.checkpoints.back(lab.place, 'step2', never)).toEqual([]);
  say('back to the second step', since);
  await allAnswer('step2');
  say('until all three answered', since);
  expect(performance.now() - since).toBeLessThan(60_000);
  await isAsAt('step2');
  expect(await Promise.all(names.map((each) => lab.port(each)))).toEqual(ports);
  await breakAll();
  since = performance.now();
  expect(await lab.checkpoints.back(lab.place, 'step1', never)).toEqual([]);
  await allAnswer('step1');
  say('back to the first step, until all three answered', since);
  expect(performance.now() - since).toBeLessThan(60_000);
  await isAsAt('step1');
  expect((await lab.checkpoints.list(lab.place)).map(({ step }) => step)).toEqual(['step1']);
}, 400_000);

test('the engine is killed in the middle: the same call brings it to its end', async () => {
  await breakAll();
  for (const at of ['Exchange the disks', 'Start the machines']) {
    const killed = Promise.withResolvers<void>();
    let once = false;
    const work = lab.checkpoints.back(lab.place, 'step1', AbortSignal.timeout(60_000), (_done, what) => {
      if (what !== at || once) return;
      once = true;
      lab.killEngine().then(killed.resolve, killed.reject);
    });
    // It fails with the engine, or waits for the next one and goes on by itself.
    const ended = await work.then(() => 'done', (error: Error) => error.message); // prettier-ignore
    await killed.promise;
    console.log(`the engine was killed at "${at}": ${ended}`);
    await lab.checkpoints.back(lab.place, 'step1', never);
    await isAsAt('step1');
    expect(once).toBe(true);
  }
}, 400_000);

test('the backend is killed in the middle: the next one begins anew', async () => {
  await breakAll();
  for (const at of ['Switch the machines off', 'Exchange the disks', 'Bring networks', 'Start the machines']) {
    await untilKilled('back', 'step1', at);
    expect((await lab.checkpoints.list(lab.place)).map(({ step }) => step)).toEqual(['step1']);
  }
  await lab.checkpoints.back(lab.place, 'step1', never);
  await isAsAt('step1');
}, 400_000);

test('killed while one is taken: guests go on, it is none, and the next one is whole', async () => {
  await everywhere(mark('step2'));
  await untilKilled('take', 'step2', 'ready', 300);
  const taking = lab.checkpoints.take(lab.place, 'step3', AbortSignal.timeout(60_000)).catch((error: Error) => ({ noCheckpoint: error.message })); // prettier-ignore
  await delay(500);
  await lab.killEngine();
  const ended = await taking;
  console.log('the engine was killed while a checkpoint was taken:', 'noCheckpoint' in ended ? ended.noCheckpoint : 'it was taken'); // prettier-ignore
  await allAnswer('step2');
  checkpoint(await lab.checkpoints.take(lab.place, 'step2'));
  await breakAll();
  expect(await lab.checkpoints.back(lab.place, 'step2', never)).toEqual([]);
  await isAsAt('step2');
  await lab.checkpoints.drop(lab.place);
  const { items } = await lab.kube.request('GET', `/apis/snapshot.kubevirt.io/v1beta1/namespaces/${namespace}/virtualmachinesnapshots`); // prettier-ignore
  expect((items ?? []).filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
}, 400_000);

/** A backend of its own that is killed as soon as it says that it is there (and so many ms later). */
async function untilKilled(what: 'take' | 'back', step: string, at: string, later = 0): Promise<void> {
  const program = join(import.meta.dirname, '../../support/labs/rewind-process.ts');
  const { dataDir, kubeconfig } = lab.hearth;
  const child = spawn(process.execPath, [program, dataDir, kubeconfig, name, what, step], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes(at)) setTimeout(() => child.kill('SIGKILL'), later);
  });
  expect(await ended).toBe('SIGKILL');
}
