import { deepStrictEqual } from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { BoxState, BroughtItem } from '../../../main/contract/box/state.ts';
import { followState } from '../../../main/backend/boxes/link/follow.ts';
import { launchBrowser } from '../../support/browser.ts';
import { testApp, until } from '../../support/boxes/own-box.ts';
import type { TestApp } from '../../support/boxes/own-box.ts';
import { startBoxProcess } from '../../support/boxes/process/box-process.ts';
import type { BoxProcess } from '../../support/boxes/process/box-process.ts';
import { picture } from '../../support/pictures.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { Refusal } from '../../support/scripted-cluster/status.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { tabTo } from '../../e2e/support/guest.ts';
import { axeInBothThemes } from '../../e2e/support/lab.ts';

// What a stick brings along, made by the built `hearth serve --box` on the cluster that it installed: scripted are the agent,
// the machine that k3s is put on, and the cluster. The image is one whose checksum the catalogue knows, so that no publisher
// is asked.
const password = 'correct horse battery';
const gib = 1024 ** 3;
let cluster: ScriptedCluster;
let box: BoxProcess;
let app: TestApp;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  cluster = await scriptedCluster({});
  box = await startBoxProcess({ kubeconfig: cluster.kubeconfig });
  box.agent.wishes = {
    sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGnPMGJ3WdwTrqrJzCTfvSMuTnMxeQUzGMqRHBAEdLlR ada@attic'],
    bring: {
      images: ['cirros'],
      machines: [
        { name: 'web', image: 'cirros', cpus: 2, memory: gib / 2 },
        { name: 'odd', image: 'no-such-image', cpus: 1, memory: gib },
      ],
    },
  };
  // The cluster refuses once, and once what it did is not heard of.
  const full =
    'datavolumes.cdi.kubevirt.io "cirros" is forbidden: exceeded quota: small, requested: requests.storage=1Gi';
  cluster.troubles.next(/^POST .*\/datavolumes$/, { type: 'refuse', refusal: new Refusal(403, 'Forbidden', full) });
  cluster.troubles.next(({ method, path, query }) => method === 'POST' && path.endsWith('/virtualmachines') && !query.has('dryRun'), trouble.loseAnswer); // prettier-ignore
  app = await testApp();
  await box.pair(app);
  await box.ask(app, 'POST', '/box/act', { do: 'account', name: 'ada', password });
  browser = await launchBrowser();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce', colorScheme: 'dark', viewport: { width: 1280, height: 800 } }); // prettier-ignore
  context.on('weberror', (error) => complaints.push(error.error().stack ?? String(error.error())));
  page = await context.newPage();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  const code = await box?.down();
  await box?.close();
  await cluster?.close();
  deepStrictEqual([code, complaints], [0, []]);
}, 60_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(page, `failed ${task.name}`);
});

/** What a paired app is told, once it is as wanted. */
async function told(wanted: (items: readonly BroughtItem[]) => boolean): Promise<BoxState> {
  const over = new AbortController();
  let last: BoxState | undefined;
  await followState({
    reach: { address: `127.0.0.1:${box.port}`, pin: await box.fingerprint(), identity: app },
    boxId: box.agent.state.boxId,
    onState(state) {
      last = state;
      if (wanted(state.bring ?? [])) over.abort();
    },
    signal: AbortSignal.any([over.signal, AbortSignal.timeout(90_000)]),
  }).catch(() => undefined); // what it was told last is looked at
  if (!last || !wanted(last.bring ?? [])) throw new Error(`never: ${JSON.stringify(last?.bring)}`);
  return last;
}
const states = (items: readonly BroughtItem[]): string[] => items.map(({ kind, name, state, problem }) => `${kind} ${name}: ${problem?.code ?? state}`); // prettier-ignore
const ended = (items: readonly BroughtItem[]): boolean => items.length > 0 && items.every(({ state }) => state === 'done' || state === 'failed'); // prettier-ignore
const volumes = (): string[] => cluster.objects('cdi.kubevirt.io', 'datavolumes', 'hearth-images').map(({ metadata }) => metadata.name ?? ''); // prettier-ignore
const machines = (): string[] => cluster.objects('kubevirt.io', 'virtualmachines', 'default').map(({ metadata }) => metadata.name ?? ''); // prettier-ignore

describe('what the stick brings along', () => {
  it('is begun when the cluster is ready; each thing that fails is told, and holds up nothing else', async () => {
    await box.ask(app, 'POST', '/box/act', { do: 'install-appliance', storage: 'local-path' });
    const { bring = [], words } = await told(ended);
    expect(states(bring)).toEqual([
      'image cirros: target-forbidden',
      'image no-such-image: not-found',
      'machine web: image-missing',
      'machine odd: image-missing',
    ]);
    for (const { problem } of bring) expect(problem?.title.length).toBeGreaterThan(5);
    expect(words).toContain('Not brought along yet: cirros, no-such-image, web, odd.');
    expect([volumes(), machines()]).toEqual([[], []]);
    await box.ask(app, 'POST', '/box/act', { do: 'finish-setup' });
  });

  it('is tried again from its page: what can be made is made, once', async () => {
    await page.goto(`https://127.0.0.1:${box.port}/`);
    await page.getByLabel('Name', { exact: true }).fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').first().waitFor();
    await page.goto(`https://127.0.0.1:${box.port}/#/this-box`);
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await picture(page, 'brought-01-failed');
    const press = async (): Promise<void> => {
      await tabTo(page, again);
      await page.keyboard.press('Enter');
      await told((items) => !ended(items));
    };
    await press();
    const second = await told(ended);
    // The machine was made, and nobody heard of it.
    expect(states(second.bring ?? [])).toEqual(['image cirros: done', 'image no-such-image: not-found', 'machine web: target-unreachable', 'machine odd: image-missing']); // prettier-ignore
    expect([volumes(), machines()]).toEqual([['cirros'], ['web']]);
    await press();
    const third = await told(ended);
    expect(states(third.bring ?? [])).toEqual(['image cirros: done', 'image no-such-image: not-found', 'machine web: done', 'machine odd: image-missing']); // prettier-ignore
    expect([volumes(), machines()]).toEqual([['cirros'], ['web']]);
    await page.getByText(/^Its image is not there. odd /).waitFor();
    await picture(page, 'brought-02-made');
    expect(cluster.misfits()).toEqual([]);
  });

  it('is the machine that was wished for, with the keys of the stick', async () => {
    const machine = cluster.object('kubevirt.io', 'virtualmachines', 'default', 'web');
    expect(machine?.['spec']).toMatchObject({ template: { spec: { domain: { cpu: { cores: 2 }, memory: { guest: '512Mi' } } } } }); // prettier-ignore
    expect(JSON.stringify(machine) + JSON.stringify(cluster.objects('', 'secrets', 'default'))).toMatch(/ada@attic|YWRhQGF0dGlj/); // prettier-ignore
  });

  it('is not made again when the box starts anew', async () => {
    await box.down();
    await box.up();
    await until(() => box.agent.asked.filter((ask) => ask.do === 'wishes').length, (count) => count > 1); // prettier-ignore
    const { bring = [] } = await told(ended);
    expect(states(bring).filter((each) => each.includes('done'))).toEqual(['image cirros: done', 'machine web: done']);
    expect([volumes(), machines()]).toEqual([['cirros'], ['web']]);
  });
});
