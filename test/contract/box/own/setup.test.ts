import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { afterEach, describe, expect, test } from 'vitest';
import { pairBySecret } from '../../../../main/backend/boxes/app-pairing/by-secret.ts';
import { Refused } from '../../../../main/backend/boxes/link/request.ts';
import type { BoxProvision } from '../../../../main/backend/own-box/appliance.ts';
import { kubeconfigFor } from '../../../../main/backend/own-box/join.ts';
import { ownKubeconfig } from '../../../../main/backend/own-box/runners.ts';
import { recommended } from '../../../../provisioning/versions.ts';
import { applianceSettingsSchema } from '../../../../main/contract/appliance.ts';
import type { ApplianceSettings } from '../../../../main/contract/appliance.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import { enrolmentFor, startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';

const open: TestBox[] = [];
afterEach(async () => {
  for (const box of open.splice(0)) await box.close();
});

/** Where appliances are installed, without a cluster: each install is a task that a test ends. */
function scriptedProvision(box: () => TestBox) {
  const installs: { settings: ApplianceSettings; taskId: string; end: (problem?: ProblemError) => void }[] = [];
  const joins: unknown[] = [];
  const suggested = applianceSettingsSchema.parse({ nodeName: 'x', accelerator: 'tcg', versions: recommended });
  const report = { place: 'this computer', findings: [], suggested, versions: [], elevation: 'sudo' as const, at: '' };
  const provision: BoxProvision = {
    async joinHere({ onJoined, ...input }) {
      joins.push(input);
      return {
        taskId: box().tasks.start({ type: 'appliance-join', title: 'Join' }, async () => onJoined?.('192.168.77.31'))
          .id,
      };
    },
    followAddress: () => Promise.reject(new Error('not asked for here')),
    handlers: {
      preflight: async () => report,
      async install({ settings }) {
        let end: (problem?: ProblemError) => void = () => undefined;
        const ended = new Promise<void>((resolve, reject) => {
          end = (problem) => (problem ? reject(problem) : resolve());
        });
        const { id } = box().tasks.start({ type: 'appliance-install', title: 'Install', steps: ['k3s', 'KubeVirt'] }, async (task) => {
          task.step('k3s');
          task.signal.addEventListener('abort', () => end(new ProblemError({ code: 'cancelled', title: 'Stopped', detail: '', kind: 'cancelled' })));
          await ended;
        }); // prettier-ignore
        installs.push({ settings, taskId: id, end });
        return { taskId: id, id: 'this-computer' };
      },
      joinOffer: () => Promise.reject(new Error('not asked for here')),
      async *watch() {
        yield { type: 'snapshot', items: [] };
      },
    },
  };
  return { provision, installs, joins };
}
async function start(change: Parameters<typeof startOwnBox>[0] = {}) {
  let box: TestBox | undefined;
  const scripted = scriptedProvision(() => box as TestBox);
  box = await startOwnBox({ ...change, change: { provision: async () => scripted.provision, ...change.change } });
  open.push(box);
  return { box, app: await testApp(), ...scripted };
}
/** As the app that wrote the stick does it. */
async function pairAsOwner(box: TestBox, app: TestApp): Promise<void> {
  const { secret, ...rest } = enrolmentFor(app);
  box.agent.enrolment = { secret, ...rest };
  const enrolments = { good: async () => [{ secret }], drop: async () => undefined } as unknown as Parameters<typeof pairBySecret>[2]; // prettier-ignore
  await pairBySecret({ address: box.address, pin: await box.fingerprint() }, app, enrolments);
}
const code = async (asking: Promise<unknown>): Promise<string> =>
  asking.then(() => 'done', (error: unknown) => (error instanceof Refused ? error.problem.code : String(error))); // prettier-ignore

describe('a box whose stick carried the secret of an app', () => {
  test('sets itself up as the stick wishes, reachable from the LAN, and is ready', async () => {
    const { box, app, installs } = await start({
      prepare: async (dir) => {
        await mkdir(join(dir, 'bundle'));
        await writeFile(join(dir, 'bundle', 'hearth.tar'), '');
      },
    });
    box.agent.wishes = {
      appliance: { storage: 'pool-file', poolSize: 8e9 },
      proxy: { http: 'http://proxy.lan:3128' },
      bring: { labs: ['two-tier'] },
    };
    await pairAsOwner(box, app);
    await until(
      () => installs.length,
      (count) => count === 1,
    );
    expect(installs[0]?.settings).toMatchObject({
      mode: 'lan',
      address: '192.168.77.20',
      nodeName: 'hearth',
      tlsNames: ['hearth', 'hearth.local'],
      storage: 'pool-file',
      poolSize: 8e9,
      proxy: { http: 'http://proxy.lan:3128' },
      bundle: join(box.places.root, 'bundle', 'hearth.tar'),
      accelerator: 'tcg',
    });
    const working = await box.state(app, ({ stage }) => stage === 'appliance');
    expect(working).toMatchObject({ setup: { appliance: 'installing', applianceTask: installs[0]?.taskId } });
    expect(working.progress?.steps.map(({ title }) => title)).toEqual(['k3s', 'KubeVirt']);
    expect(await box.ask(app, 'GET', `/box/task?id=${installs[0]?.taskId}`)).toMatchObject({ state: 'running' });
    expect(await code(box.act(app, { do: 'install-appliance' }))).toBe('appliance-busy');
    expect(await code(box.act(app, { do: 'finish-setup' }))).toBe('appliance-busy');
    installs[0]?.end();
    const ready = await box.state(app, ({ stage }) => stage === 'ready');
    expect(ready.setup).toMatchObject({ appliance: 'ready', finished: true });
    await box.state(app, ({ words }) => words.includes('two-tier'));
    expect(installs).toHaveLength(1);
  });
  test('goes on with an install that a restart cut off', async () => {
    const { box, app, installs } = await start();
    await pairAsOwner(box, app);
    await until(
      () => installs.length,
      (count) => count === 1,
    );
    await box.state(app, ({ setup }) => setup.appliance === 'installing');
    await box.restart();
    await until(
      () => installs.length,
      (count) => count === 2,
    );
    installs[1]?.end();
    expect((await box.state(app, ({ stage }) => stage === 'ready')).setup.finished).toBe(true);
  });
  test('tells why an install failed, does not try by itself again, and may be told to', async () => {
    const { box, app, installs } = await start();
    await pairAsOwner(box, app);
    await until(
      () => installs.length,
      (count) => count === 1,
    );
    await box.state(app, ({ setup }) => setup.appliance === 'installing');
    installs[0]?.end(new ProblemError({ code: 'no-space', title: 'Full', detail: 'The disk is full.' }));
    const failed = await box.state(app, ({ setup }) => setup.appliance === 'failed');
    expect(failed).toMatchObject({ stage: 'setup', problem: { code: 'no-space' } });
    await box.restart();
    expect((await box.state(app, () => true)).setup.appliance).toBe('failed');
    expect(installs).toHaveLength(1);
    const { taskId } = await box.act(app, { do: 'install-appliance' });
    expect(taskId).toBe(installs[1]?.taskId);
    expect((await box.state(app, ({ stage }) => stage === 'appliance')).problem).toBeUndefined();
  });
  test('without the wish for a cluster it is ready at once', async () => {
    const { box, app, installs } = await start();
    box.agent.wishes = { appliance: { install: false } };
    await pairAsOwner(box, app);
    expect((await box.state(app, ({ stage }) => stage === 'ready')).setup.appliance).toBe('skipped');
    expect(installs).toHaveLength(0);
  });
  test('from a stick it waits until it is installed', async () => {
    const { box, app, installs } = await start({ agent: { stage: 'choosing', words: 'Waits for a disk' } });
    await pairAsOwner(box, app);
    await box.state(app, ({ apps }) => apps.length === 1);
    expect(installs).toHaveLength(0);
    box.agent.set({ stage: 'setup' });
    await until(
      () => installs.length,
      (count) => count === 1,
    );
  });
});

describe('a box that nobody owns yet', () => {
  test('waits for the wizard, and is not finished without anybody who could come back', async () => {
    const { box, app, installs } = await start();
    await box.pair(app);
    expect((await box.state(app, () => true)).stage).toBe('setup');
    await box.act(app, { do: 'skip-appliance' });
    await box.act(app, { do: 'finish-setup' });
    expect((await box.state(app, ({ stage }) => stage === 'ready')).words).toContain('without a cluster');
    expect(installs).toHaveLength(0);
  });
  test('joins the cluster of another', async () => {
    const { box, app, joins } = await start();
    await box.pair(app);
    const ticket = { server: 'https://192.168.77.2:6443', token: 'abcdef.0123456789abcdef', k3s: recommended.k3s };
    const { taskId } = await box.act(app, { do: 'join', nodeName: 'second', ...ticket });
    expect(await box.ended(taskId ?? '')).toMatchObject({ state: 'done' });
    expect(joins).toEqual([
      { place: { type: 'local' }, server: ticket.server, token: ticket.token, nodeName: 'second', versions: { ...recommended, k3s: ticket.k3s } },
    ]); // prettier-ignore
    // What its k3s was told is kept, for a day when the address is another one.
    expect(JSON.parse(await readFile(box.places.setup, 'utf8'))).toMatchObject({
      joined: { server: ticket.server, nodeName: 'second', address: '192.168.77.31' },
    });
  });
});

describe('a new version on trial', () => {
  const trial = { running: '1.3.0', trial: { version: '1.3.0', words: 'being tried' } };
  test('is kept once the pages answer', async () => {
    const { box } = await start({ agent: { update: trial } });
    const kept = await until(
      () => box.agent.last('keep-version'),
      (asked) => asked !== undefined,
    );
    expect(kept).toEqual({ do: 'keep-version' });
  });
  test('is not kept while the cluster that was ready before is not', async () => {
    const setup = { version: 1, appliance: 'ready', finished: true, clusterWasReady: true };
    const { box } = await start({
      agent: { update: trial },
      prepare: (dir) => writeFile(join(dir, 'setup.json'), JSON.stringify(setup)),
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(box.agent.last('keep-version')).toBeUndefined();
  });
});

describe('the kubeconfig', () => {
  const text = 'apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: "https://127.0.0.1:6443"}\n';
  const server = (config: string): unknown => (parse(config) as { clusters: { cluster: { server: string } }[] }).clusters[0]?.cluster.server; // prettier-ignore
  test('is given to a paired app alone', async () => {
    const { box, app } = await start();
    const path = ownKubeconfig(box.paths);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    expect(await code(box.ask(app, 'GET', '/box/kubeconfig'))).toBe('not-paired');
    expect(await code(box.ask(undefined, 'GET', '/box/kubeconfig'))).toBe('not-paired');
    await box.pair(app);
    const { kubeconfig } = (await box.ask(app, 'GET', '/box/kubeconfig')) as { kubeconfig: string };
    expect(server(kubeconfig)).toBe('https://127.0.0.1:6443');
  });
  test('names the address that the app reached the box at', () => {
    expect(server(kubeconfigFor(text, '192.168.77.20'))).toBe('https://192.168.77.20:6443');
    expect(server(kubeconfigFor(text, '::ffff:10.0.0.5'))).toBe('https://10.0.0.5:6443');
    expect(server(kubeconfigFor(text, 'fd00::5'))).toBe('https://[fd00::5]:6443');
    expect(server(kubeconfigFor(text, '::1'))).toBe('https://127.0.0.1:6443');
  });
});
