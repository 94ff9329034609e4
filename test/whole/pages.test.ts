import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import type { Page } from 'playwright-core';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';
import { versions, Whole } from '../support/appliance/whole.ts';

// The whole way in a browser: a Hearth as people have it, and another computer that is reached with a password only.
let whole: Whole;
let lab: Lab;
let page: Page;
beforeAll(async () => {
  whole = await Whole.open();
  // The Hearth of the pages works on the same data folder, alone.
  await whole.closeSession();
  lab = await Lab.start({ starter: 'nothing', dataDir: whole.dataDir });
  page = await lab.context.newPage();
}, 300_000);
afterAll(async () => {
  await lab?.end();
  await whole?.end();
}, 120_000);

const logs = join(import.meta.dirname, '../../out/appliance-logs');
// What the page looked like, and what the computer behind it said.
beforeEach(({ task }) =>
  onTestFailed(async () => {
    mkdirSync(logs, { recursive: true });
    await page.screenshot({ path: join(logs, `page-${task.id}.png`) });
    await whole.guest.keepLogs(logs);
  }),
);

const slow = { timeout: 240_000 };
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const dialog = () => page.getByRole('dialog');
const state = (name: string) => page.getByText(name, { exact: true }).first();
const password = 'correct horse';

/** What was started asks how to log in; the same password then serves the administrator. */
async function signIn(): Promise<void> {
  await page.getByLabel('Password of ada').fill(password);
  await button('Go on').click();
}
async function act(name: string, confirm: string): Promise<void> {
  await button(name).click();
  await dialog().getByRole('button', { name: confirm }).click();
  await signIn();
}

describe('an appliance on another computer, in the browser', () => {
  it('is led to by the first run: host key, what was found, settings, the plan, the install, and a reload in the middle', async () => {
    const { host, port, user, hostKey = '' } = whole.place;
    await page.goto(lab.hearth.url);
    await heading('What this computer can do').waitFor();
    await button('Next').click();
    await page.getByRole('radio', { name: /^Another computer, over SSH/ }).check({ force: true });
    await button('Next').click();
    await page.getByRole('textbox', { name: 'Computer' }).fill(host);
    await page.getByLabel('Port', { exact: true }).fill(String(port));
    await page.getByRole('textbox', { name: 'User' }).fill(user);
    await page.getByRole('radio', { name: 'Password' }).check({ force: true });
    await page.getByLabel(`Password of ${user}`).fill(password);
    await button('Connect').click();
    await dialog().getByText(hostKey).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('It is the same: connect').click();

    await heading(`What was found on ${host}`).waitFor(slow);
    await page.getByText(/^It can be installed/).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Next').click();

    await heading('How shall it be?').waitFor();
    await page.locator('summary', { hasText: 'More' }).click();
    await page.getByRole('combobox', { name: 'Versions' }).click();
    await page.getByRole('option', { name: /1\.36\.2/ }).click();
    await page.getByLabel('Mirror', { exact: true }).fill(whole.mirror.url);
    await button('Show the plan').click();

    await heading('The plan').waitFor(slow);
    await page
      .getByText(`Install k3s ${versions.k3s}, KubeVirt ${versions.kubevirt} and CDI ${versions.cdi}`)
      .first() // it is announced too
      .waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.getByText('sudo asks for a password: it gets the one you signed in with.').waitFor();
    await button('Install').click();

    await heading(`Installing on ${host}`).waitFor();
    await page.getByText('Become administrator').first().waitFor(slow);
    await page
      .getByText(/more steps$/)
      .first()
      .waitFor(slow);
    await page.reload();
    await heading(`Installing on ${host}`).waitFor();
    await page.getByRole('log').getByText('Check the machine').first().waitFor();
    await page
      .getByText(/so far$/)
      .first()
      .waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    expect(kept).not.toContain(password);

    await heading('It runs').waitFor(slow);
    await page
      .getByText(/^Done in /)
      .first()
      .waitFor();
    await page.getByRole('log').getByText('A virtual machine started and spoke').first().waitFor();
    await button('Go on there').click();
    await heading('Choose a first image').waitFor();
  });

  it('is the place that is shown then, and its page tells how it is', async () => {
    await button('Skip setup').click();
    // The badge of the navigation says where machines run now.
    await page.getByRole('navigation').getByText(whole.place.host).first().waitFor();
    await page.goto(`${lab.hearth.origin}/#/appliance`);
    await heading(whole.place.host).waitFor();
    await state('Running').waitFor(slow);
    const rungs = page.getByRole('list', { name: 'Health' }).getByRole('listitem');
    // The service itself is seen by a login only.
    const states = await rungs.evaluateAll((all) => all.map((each) => each.getAttribute('data-state')));
    expect(states).toEqual(['unknown', ...Array.from({ length: 11 }, () => 'pass')]);
    for (const version of Object.values(versions)) await page.getByText(version, { exact: true }).first().waitFor();
    await page.getByText('364 days left').first().waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.getByRole('tab', { name: /^Nodes/ }).click();
    await page.getByRole('tabpanel').getByText('Ready', { exact: true }).waitFor();
    await page.getByRole('tab', { name: /^Access/ }).click();
    await page.getByText('KUBECONFIG').first().waitFor();
  });

  it('is backed up, stopped and started, and asks for what it needs', async () => {
    await page.getByRole('tab', { name: /^Backups/ }).click();
    await act('Create a backup', 'Create a backup');
    await page.getByRole('list', { name: 'Backups' }).getByText('By hand').waitFor(slow);
    await state('Running').waitFor(slow);
    await page
      .getByText('Back up: ')
      .first()
      .waitFor({ state: 'hidden', ...slow });
    await act('Stop', 'Stop');
    await state('Stopped').waitFor(slow);
    expect((await whole.guest.run(['systemctl', 'is-active', 'k3s'])).stdout.trim()).toBe('inactive');
    await act('Start', 'Start');
    await state('Running').waitFor(slow);
  });

  it('is uninstalled after a list of what goes; then the Quick lab is shown', async () => {
    await button('More').click();
    await page.getByRole('menuitem', { name: 'Uninstall…' }).click();
    await page.getByLabel('Password of ada').fill('wrong');
    await button('Go on').click();
    await dialog().getByRole('button', { name: 'Sign in' }).click(slow);
    await signIn();
    const changes = page.getByText(/^\d+ changes are undone/);
    await changes.click(slow);
    await dialog().getByText('/etc/rancher').first().waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    const confirm = dialog().getByRole('button', { name: /^Uninstall/ });
    expect(await confirm.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel(/^Type .* to confirm/).fill('hearth-guest');
    await confirm.click();
    await page.getByText(/^There is no appliance/).waitFor(slow);
    await button(/^Where machines run/).filter({ hasText: 'Quick lab' }).waitFor(); // prettier-ignore
    const left = await whole.guest.run([
      'sh',
      '-c',
      'ls -d /var/lib/rancher /etc/rancher /var/lib/hearth /usr/local/bin/k3s',
    ]);
    expect(left.stdout).toBe('');
  });
});
