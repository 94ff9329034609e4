import { deepStrictEqual } from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { BoxState } from '../../../main/contract/box/state.ts';
import { launchBrowser } from '../../support/browser.ts';
import { startBoxProcess } from '../../support/boxes/process/box-process.ts';
import type { BoxProcess } from '../../support/boxes/process/box-process.ts';
import { given, networkLab } from '../../support/boxes/process/network-lab.ts';
import { testApp, until } from '../../support/boxes/own-box.ts';
import type { TestApp } from '../../support/boxes/own-box.ts';
import { picture } from '../../support/pictures.ts';
import { freePort } from '../../support/raw-guest.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { tabTo } from '../../e2e/support/guest.ts';
import { axeInBothThemes } from '../../e2e/support/lab.ts';

// The box's own pages as a person without the app uses them: the built `hearth serve --box` in a process of its own, a real
// browser over HTTPS at addresses of a LAN on loopback, by keyboard alone. Scripted are the root agent behind its socket, the
// machine that the appliance is installed on, and the cluster that it leads to.
const fixed = '127.0.0.3';
const lan = { interface: 'eth1', kind: 'ethernet' as const, mac: '52:54:00:12:34:57', address: '192.168.77.20', link: true }; // prettier-ignore
const password = 'correct horse battery';
let cluster: ScriptedCluster;
let box: BoxProcess;
let net: Awaited<ReturnType<typeof networkLab>>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let port: number;
/** Real seconds, unless a test has no time for a minute. */
let secondMs = 1000;
/** The former address goes on working beside the new one. */
let keepsFormer = false;
const complaints: string[] = [];
/** What a browser says of answers that are refusals, and of a cable that was pulled. */
const expected = [/status of 403/, /WebSocket connection to .* failed/, /net::ERR_(CONNECTION|EMPTY|SOCKET|ABORTED)/];

beforeAll(async () => {
  cluster = await scriptedCluster({});
  box = await startBoxProcess({ kubeconfig: cluster.kubeconfig });
  port = await freePort();
  net = await networkLab(box, port, { fixed, secondMs: () => secondMs, keepsFormer: () => keepsFormer });
  browser = await launchBrowser();
  // As a person who compared the fingerprint and went past the warning.
  context = await browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    colorScheme: 'dark',
    viewport: { width: 1280, height: 800 },
  });
  context.on('weberror', (error) => complaints.push(error.error().stack ?? String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !expected.some((each) => each.test(message.text()))) complaints.push(message.text()); // prettier-ignore
  });
  page = await context.newPage();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await net?.close();
  const code = await box?.down();
  await box?.close();
  await cluster?.close();
  deepStrictEqual([code, complaints], [0, []]);
}, 60_000);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(page, 'failed');
});

const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const at = (host: string, route = ''): string => `https://${host}:${port}/${route}`;
const step = (name: string): Locator => page.getByRole('button', { name: new RegExp(`^\\d?\\s*${name}`) });
const opens = (name: string): Promise<void> => expect.poll(() => step(name).getAttribute('aria-expanded'), { timeout: 20_000 }).toBe('true'); // prettier-ignore
const clean = async (): Promise<void> => expect(await axeInBothThemes(page)).toEqual([]);
/** By the keyboard, from wherever it is. */
const press = async (to: Locator): Promise<void> => {
  await tabTo(page, to);
  await page.keyboard.press('Enter');
};
const type = async (label: string, text: string): Promise<void> => {
  await tabTo(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};
const signIn = async (): Promise<void> => {
  await page.getByRole('heading', { name: 'Sign in to this box' }).waitFor();
  await type('Name', 'ada');
  await type('Password', password);
  await page.keyboard.press('Enter');
};
const enterCode = async (digits: string): Promise<void> => {
  await type('Code', digits);
  await page.keyboard.press('Enter');
};
/** What a paired app is told, as JSON over the wire. */
let app: TestApp | undefined;
const stateNow = async (): Promise<BoxState> => {
  const { followState } = await import('../../../main/backend/boxes/link/follow.ts');
  const over = new AbortController();
  return new Promise<BoxState>((resolve, reject) => {
    void box.fingerprint().then((pin) =>
      followState({
        reach: { address: `127.0.0.1:${box.port}`, pin, ...(app && { identity: app }) },
        boxId: box.agent.state.boxId,
        onState(state) {
          resolve(state);
          over.abort();
        },
        signal: over.signal,
      }).catch(reject),
    );
  });
}; // prettier-ignore

describe('the wizard, by keyboard', () => {
  it('opens to whoever reads the code off its screen', async () => {
    await page.goto(at(given));
    await enterCode(await box.code());
    await heading('hearth').waitFor();
    expect(page.url()).toContain('#/setup-box');
  });

  it('asks for a name, and says what is wrong with one', async () => {
    await page.getByLabel('Name of the box').waitFor();
    await picture(page, '10-name');
    await type('Name of the box', 'Not A Name');
    await page.keyboard.press('Enter');
    await page.getByText('Lowercase letters, digits and dashes').waitFor();
    await clean();
    await type('Name of the box', 'attic-with-a-name-of-some-length');
    await press(page.getByRole('button', { name: 'Save and go on' }));
    await heading('attic-with-a-name-of-some-length').waitFor();
    expect(box.agent.last('name')).toMatchObject({ hostName: 'attic-with-a-name-of-some-length', keyboard: 'us' });
    await opens('Who signs in');
    // The keyboard goes on where the person is.
    await expect.poll(() => step('Who signs in').evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('keeps its place over a reload, and an open step is in its address', async () => {
    await page.reload();
    await opens('Who signs in');
    await press(step('Name and place'));
    expect(page.url()).toContain('#/setup-box/name');
    await page.reload();
    await opens('Name and place');
    expect(await page.getByLabel('Name of the box').inputValue()).toBe('attic-with-a-name-of-some-length');
    await press(step('Who signs in'));
  });

  it('makes the account that signs in from now on', async () => {
    await type('Name', 'ada');
    await type('Password', 'short');
    await page.keyboard.press('Enter');
    await page.getByText('The two differ.').waitFor();
    await clean();
    await picture(page, '11-account');
    await type('Password', password);
    await type('Once more', password);
    await page.keyboard.press('Enter');
    await opens('Network');
    const other = await browser.newContext({ ignoreHTTPSErrors: true });
    const stranger = await other.newPage();
    await stranger.goto(at(given));
    await stranger.getByLabel('Password').waitFor();
    // The code lets nobody in any more.
    expect(await stranger.getByLabel('Code').count()).toBe(0);
    await picture(stranger, '05-sign-in-account');
    await other.close();
  });

  it('tries another network, leads to its new address, and takes it back when nobody confirms it there', async () => {
    await page.getByText(`address from the network: ${given}`).first().waitFor();
    await picture(page, '12-network');
    await press(page.getByRole('button', { name: 'Use another network…' }));
    await tabTo(page, page.getByRole('radio', { name: 'From the network (DHCP)' }));
    await page.keyboard.press('ArrowRight');
    await type('Address', fixed);
    await page.keyboard.press('Enter');
    await page.getByText('An address with its prefix').waitFor();
    await picture(page, '13-network-form');
    await type('Address', `${fixed}/24`);
    secondMs = 130; // a minute in eight seconds
    await page.keyboard.press('Enter');
    await page.getByText('The new network is tried').filter({ visible: true }).first().waitFor();
    const there = page.getByRole('link', { name: `Open ${fixed}` });
    expect(await there.getAttribute('href')).toBe(at(fixed));
    expect(await page.getByRole('button', { name: 'Keep it' }).count()).toBe(0);
    // The cable of the former address is out by now; the words stay.
    await page.getByText('Hearth stopped answering').first().waitFor();
    await picture(page, '14-network-trial-former-address');
    await until(() => box.agent.state.problem?.code, (code) => code === 'network-not-kept', 30_000); // prettier-ignore
    await page.getByText('The former network is back').waitFor({ timeout: 30_000 });
    await clean();
    await picture(page, '15-network-taken-back');
    expect(box.agent.state.addresses[0]?.address).toBe(given);
    expect(box.agent.last('keep-network')).toBeUndefined();
  });

  it('is not kept from the former address, even where that still answers', async () => {
    secondMs = 1000;
    keepsFormer = true;
    await page.reload();
    await press(page.getByRole('button', { name: 'Use another network…' }));
    await tabTo(page, page.getByRole('radio', { name: 'From the network (DHCP)' }));
    await page.keyboard.press('ArrowRight');
    await type('Address', `${fixed}/24`);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: `Open ${fixed}` }).waitFor();
    await until(() => box.agent.state.network.trial?.inEffect, Boolean);
    const trial = box.agent.state.network.trial?.id ?? '';
    // By a name nobody can tell: the page offers it, and the box refuses.
    await expect(box.ask(await paired(), 'POST', '/box/act', { do: 'keep-network', trial })).rejects.toMatchObject({ problem: { code: 'network-not-over-it' } }); // prettier-ignore
    expect(box.agent.last('keep-network')).toBeUndefined();
  });

  it('is kept from its own address, after signing in there', async () => {
    await press(page.getByRole('link', { name: `Open ${fixed}` }));
    await signIn();
    await page.getByText('You read this over it, so it works.').waitFor();
    await clean();
    await picture(page, '16-network-trial-new-address');
    await press(page.getByRole('button', { name: 'Keep it' }));
    await opens('Storage and Kubernetes');
    await page.getByText(`cable, ${fixed}/24`).waitFor();
    expect(await stateNow()).toMatchObject({ network: { current: { addressing: { method: 'static' } } }, setup: { network: true } }); // prettier-ignore
  });

  it('installs Kubernetes on the storage that was chosen; what fails is told once, where it is tried again', async () => {
    // A cluster is not built on a loopback address.
    box.agent.set({ addresses: [lan, ...box.agent.state.addresses] });
    await picture(page, '20-storage');
    await tabTo(page, page.getByRole('radio', { name: 'Plain files' }));
    await page.keyboard.press('ArrowRight');
    await type('Size of the pool', '20 GiB');
    await picture(page, '21-storage-pool');
    box.appliance({ failAt: { step: 6, text: 'No space left on device' } });
    await press(page.getByRole('button', { name: 'Install Kubernetes', exact: true }));
    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 30_000 });
    await page.getByText(/^The step “.*” failed$/).waitFor();
    expect(await page.getByText(/^The step “.*” failed$/).count()).toBe(1);
    await clean();
    await picture(page, '22-install-failed');
    await page.reload();
    await page.getByText(/^The step “.*” failed$/).waitFor();
    // What was chosen is still chosen.
    expect(await page.getByLabel('Size of the pool').inputValue()).toBe('20 GiB');
    box.appliance({ failAt: { step: 0, text: '' }, holdAt: 9 });
    await press(page.getByRole('button', { name: 'Try again' }));
    await page.getByText(/^Step \d+ of \d+: /).filter({ visible: true }).first().waitFor(); // prettier-ignore
    await clean();
    await picture(page, '23-installing');
    const state = await stateNow();
    expect(state).toMatchObject({ stage: 'appliance', setup: { appliance: 'installing' } });
    expect(state.progress?.steps.length).toBeGreaterThan(20);
  });

  it('goes on with it over a restart of the box in the middle', async () => {
    await box.down('SIGKILL');
    await page.getByText('Hearth stopped answering').first().waitFor();
    box.appliance({ holdAt: 0 });
    await box.up();
    await page.getByRole('button', { name: 'Add an image' }).waitFor({ timeout: 90_000 });
    expect(await stateNow()).toMatchObject({ stage: 'setup', setup: { appliance: 'ready', finished: false } });
    await clean();
    await picture(page, '24-first');
  });

  it('takes a first image and makes a first machine, on the cluster of the box', async () => {
    await press(page.getByRole('button', { name: 'Add an image' }));
    await heading('Images').waitFor();
    await page.getByText('attic-with-a-name-of-some-length').first().waitFor();
    await picture(page, '30-images');
    await press(page.getByRole('button', { name: 'Add image' }));
    await addFromAddress('https://images.example/cirros.qcow2');
    await expect.poll(() => cluster.objects('cdi.kubevirt.io', 'datavolumes', 'hearth-images').map(({ status }) => status?.['phase']), { timeout: 30_000 }).toEqual(['Succeeded']); // prettier-ignore
    await page.goto(at(fixed, '#/this-box'));
    await press(page.getByRole('button', { name: 'Create a machine' }));
    await heading(/machine/i).waitFor();
    await makeMachine('first');
    await expect.poll(() => cluster.object('kubevirt.io', 'virtualmachines', 'default', 'first')?.status?.['printableStatus'], { timeout: 60_000 }).toBe('Running'); // prettier-ignore
    await picture(page, '31-machine');
    expect(cluster.misfits()).toEqual([]);
  });

  it('is finished, and lived with', async () => {
    await page.goto(at(fixed, '#/this-box'));
    await press(page.getByRole('button', { name: 'Finish the setup' }));
    await heading('Home').waitFor();
    await picture(page, '40-home');
    expect(await stateNow()).toMatchObject({ stage: 'ready', setup: { finished: true } });
    for (const tab of ['', '/update', '/network', '/logs', '/apps', '/power']) {
      await page.goto(at(fixed, `#/this-box${tab}`));
      await heading('attic-with-a-name-of-some-length').waitFor();
      await page.waitForLoadState('networkidle');
      await clean();
      await picture(page, `41-this-box${tab.replace('/', '-')}`);
    }
  });
});

describe('afterwards', () => {
  it('a new code is shown on the page that asked for it', async () => {
    await page.goto(at(fixed, '#/this-box/apps'));
    await press(page.getByRole('button', { name: 'Create a new code' }));
    const digits = await box.code();
    const shown = page.getByText(`${digits.slice(0, 4)} ${digits.slice(4)}`);
    await shown.waitFor();
    expect(await shown.count()).toBe(1);
  });
  it('another password ends the sessions of before, and the page leads to the sign-in', async () => {
    await box.ask(await paired(), 'POST', '/box/act', {
      do: 'account',
      name: 'ada',
      password: 'another long password',
    });
    await page.getByRole('heading', { name: 'Sign in to this box' }).waitFor({ timeout: 30_000 });
    expect(page.url()).toContain('/sign-in');
  });
});

async function paired(): Promise<TestApp> {
  if (app) return app;
  const fresh = await testApp('A second Hearth');
  await box.pair(fresh);
  return (app = fresh);
}
async function addFromAddress(url: string): Promise<void> {
  await tabTo(page, page.getByRole('tab', { name: 'Catalogue' }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('dialog').getByRole('textbox', { name: 'Address', exact: true }));
  await page.keyboard.type(url);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
async function makeMachine(name: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await press(page.getByRole('button', { name: /^Create/ }));
}
