import { once } from 'node:events';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import { startServer } from '../support/disks/server.ts';
import { kubeOf } from '../support/kube.ts';
import { mayMount, smallDisk } from '../support/small-disk.ts';
import type { SmallDisk } from '../support/small-disk.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';
import { logIn, password, rowOf, shows, starterMachine, typeLine, user, withStarter } from '../e2e/support/guest.ts';

const lost = [/WebSocket connection to .* failed/, /ERR_CONNECTION_(REFUSED|RESET|CLOSED)/, /ERR_EMPTY_RESPONSE/];
/** What a browser says about an answer of 401, 403 or 404. */
const refused = [/Failed to load resource: the server responded with a status of 40\d/];
const mib = 2 ** 20;

let lab: Lab;
let api: Api;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start({ starter: 'image' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  page = await lab.open('/');
}, 180_000);
afterAll(() => lab?.end(), 60_000);

const go = async (route: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#${route}`);
};
const heading = (name: string | RegExp, of: Page = page): Locator => of.getByRole('heading', { name });
const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const fetchNames = async (): Promise<string[]> => {
  const { items = [] } = await kubeOf(lab.hearth.kubeconfig).request('GET', '/apis/kubevirt.io/v1/virtualmachines');
  return items.map((item) => item.metadata.name ?? '');
};
const blank = {
  source: { type: 'blank' },
  size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * mib },
  rootDisk: { size: mib },
} as const;

describe('signing in', () => {
  it('is asked for in a browser without a session; a wrong or used address says how to get another', async () => {
    const stranger = await lab.newContext();
    await lab.expecting(refused, async () => {
      const other = await stranger.newPage();
      for (const [address, title] of [
        [`${lab.hearth.origin}/`, 'Sign in to Hearth'],
        [`${lab.hearth.origin}/sign-in?code=wrong`, 'This sign-in address is no longer good'],
        [lab.hearth.url, 'This sign-in address is no longer good'], // used by the first browser
      ] as const) {
        await other.goto(address);
        await heading(title, other).waitFor();
        await other.getByText('npx hearth open').waitFor();
        expect(await axeInBothThemes(other)).toEqual([]);
      }
    });
    await stranger.close();
  });
});

describe('places that are not there', () => {
  it('say so and lead back', async () => {
    await go('/no/such/page/at/all');
    await heading('There is no such page').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await go('/machines/default/nobody');
    await heading('There is no machine nobody').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await go('/console/default/nobody');
    await heading('There is no machine nobody').waitFor();
    await page.getByText('All machines').click();
    await heading('Machines').first().waitFor(); // prettier-ignore
  });
});

describe('a form', () => {
  it('says at the field what the target refused', async () => {
    await withStarter(api);
    await go('/machines/new');
    await page.getByRole('radio', { name: 'Hearth starter' }).waitFor();
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Not a name');
    await name.blur();
    await page.getByText(/Lowercase letters, digits and dashes, at most 63/).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);

    // An address that only the target knows to be taken.
    await name.fill('refused');
    await button('More options').click();
    await page.locator('summary').filter({ hasText: 'Network' }).click();
    const mac = page.getByRole('textbox', { name: /^MAC address/ });
    await mac.fill('02:00:00:00:00:00');
    await button('Create and open console').click();
    await page.getByText('reserved for the in-pod bridge').first().waitFor(); // prettier-ignore
    expect(await mac.getAttribute('aria-invalid')).toBe('true');
    expect(await mac.evaluate((field: HTMLInputElement) => (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent).join(' '))).toContain('reserved for the in-pod bridge'); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    expect((await fetchNames()).includes('refused')).toBe(false);
  });
});

describe('a machine', () => {
  it('that has no room says how much it needs and how much there is', async () => {
    const memory = 512 * 2 ** 30;
    await api.machines.create({ ...blank, name: 'giant', size: { ...blank.size, memory } });
    await rowOf(api, 'giant', (row) => row.status === 'ErrorUnschedulable');
    await go('/machines/default/giant');
    const why = page.getByRole('region', { name: 'Why it is not as you asked' });
    await why.getByText(/needs 512.*GiB.*free/i).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await go('/machines');
    await page.getByRole('row', { name: /giant/ }).getByTitle('ErrorUnschedulable').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await api.machines.act({ namespace: 'default', name: 'giant', action: 'delete', mode: 'now' });
  });

  it('that is off offers to be started in its console', async () => {
    await api.machines.create({ ...blank, name: 'off', runStrategy: 'Manual', start: false });
    await go('/console/default/off');
    await heading('off is off').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Start').click();
    await page.getByRole('application', { name: /Screen of off/ }).locator('canvas').waitFor({ timeout: 60_000 }); // prettier-ignore
    await api.machines.act({ namespace: 'default', name: 'off', action: 'forceStop' });
    await heading('off is off').waitFor();
  });
});

describe('a task', () => {
  it('that was called off is neither done nor failed', async () => {
    const server = await startServer();
    try {
      server.files.set('/endless.img', { content: Buffer.alloc(8 * mib, 1), pace: 500, piece: 65_536 });
      const { taskId } = await api.images.addFromUrl({ url: server.url('/endless.img'), name: 'endless' });
      await api.tasks.cancel({ id: taskId });
      await go('/activity');
      await page.getByText('Add endless.img').waitFor();
      await page.getByText('Cancelled').first().waitFor(); // prettier-ignore
      expect(await axeInBothThemes(page)).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});

describe('the backend', () => {
  it('is missed at once and found again', async () => {
    await go('/machines');
    await page.getByRole('row', { name: /off/ }).waitFor();
    await lab.expecting(lost, async () => {
      const ended = once(lab.hearth.process, 'close');
      lab.hearth.process.kill('SIGKILL');
      await ended;
      await page.getByText(/Hearth stopped answering/).waitFor();
      expect(await page.getByRole('row', { name: /off/ }).isVisible()).toBe(true);
      expect(await axeInBothThemes(page)).toEqual([]);
      await lab.up();
      await page.getByText(/Hearth stopped answering/).waitFor({ state: 'detached', timeout: 60_000 });
      api = await lab.api();
      await rowOf(api, 'off', (row) => row.status === 'Stopped');
    });
  });
});

describe.runIf(mayMount)('a full disk', () => {
  let full: Lab | undefined;
  let disk: SmallDisk | undefined;
  afterEach(async () => {
    await full?.end();
    await disk?.remove();
  });

  it('pauses the guest with the reason, and it goes on when there is space again', async (context) => {
    disk = await smallDisk(330);
    if (!disk) return context.skip('no file system can be mounted here');
    full = await Lab.start({ dataDir: disk.folder });
    const small = await full.api();
    await small.settings.update({ setupDone: true });
    await starterMachine(small, 'writer');
    page = await full.open('/console/default/writer');
    await page.getByRole('button', { name: 'Serial', exact: true }).click();
    await logIn(page, user, password);
    await disk.fill(20 * mib);
    await page.locator('.xterm-helper-textarea').focus();
    await typeLine(page, 'head -c 60000000 /dev/urandom > big; sync; echo wrote-$(wc -c < big)-');
    await rowOf(small, 'writer', (row) => row.status === 'Paused' && row.why !== undefined);
    const other = await full.open('/machines/default/writer');
    const why = other.getByRole('region', { name: 'Why it is not as you asked' });
    await why.locator('[data-cause=disk-full]').getByText(/space|full/i).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(other)).toEqual([]);
    await other.close();
    await disk.makeRoom();
    await rowOf(small, 'writer', (row) => row.status === 'Running');
    await shows(page, /wrote-\d+-/, 120_000);
  });
});
