import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import type { ObjectRef } from '../../main/contract/machine-ref.ts';
import { axeInBothThemes, Lab } from './support/lab.ts';
import {
  guestScreen,
  logIn,
  password,
  pressLine,
  rowOf,
  serialShell,
  shows,
  starterMachine,
  typeLine,
  user,
} from './support/guest.ts';
import type { Shell } from './support/guest.ts';

let lab: Lab;
let api: Api;
let web: ObjectRef;
let page: Page;
let shell: Shell;
beforeAll(async () => {
  lab = await Lab.start();
  await lab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  api = await lab.api();
  // The guest's own view of its screen is readable, so that a test can ask it what it shows.
  web = await starterMachine(api, 'web', {
    cloudInit: { type: 'form', hostname: 'web', user, password, runcmd: ['chmod a+r /dev/vcs1'] },
  });
  await api.settings.update({ setupDone: true });
  page = await lab.open('/console/default/web');
}, 240_000);
afterAll(() => lab?.end(), 60_000);

const button = (name: string | RegExp, of: Page = page): Locator =>
  of.getByRole('button', { name, exact: typeof name === 'string' });
const download = async (press: () => Promise<void>): Promise<Buffer> => {
  const [file] = await Promise.all([page.waitForEvent('download'), press()]);
  return readFile(await file.path());
}; // prettier-ignore

describe('the serial console', () => {
  it('types into the guest and shows its answers', async () => {
    await button('Serial').click();
    await logIn(page, user, password);
    await typeLine(page, 'echo $((6*7))-$(hostname)-$(id -un)');
    expect(await shows(page, /42-web-ada/)).toBe('42-web-ada');
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('shows the colours that the guest asks for', async () => {
    await typeLine(page, "printf '\\033[38;2;255;120;20mwarm\\033[0m-%s\\n' $((40+2))");
    await shows(page, /warm-42/);
    const cell = page.locator('.xterm-rows span').filter({ hasText: /^warm$/ }); // prettier-ignore
    expect(await cell.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(255, 120, 20)');
  });

  it('scrolls back, finds and saves what was printed, also after a reload', async () => {
    await typeLine(page, 'for i in $(seq 1 400); do echo row-$i-; done; echo the-$((1+1))-end');
    await shows(page, /the-2-end/);
    const find = async (): Promise<void> => {
      await button('Search in the scrollback').click();
      await page.getByRole('searchbox', { name: 'Search' }).or(page.getByRole('textbox', { name: 'Search' })).fill('row-17');
      await page.getByText(/^\d+ of 11$/).waitFor(); // 17, 170 to 179: all long scrolled away
      await shows(page, /row-17/);
      await button('Close search').click();
    }; // prettier-ignore
    await find();
    const saved = (await download(() => button('Save the whole log').click())).toString();
    expect(saved).toMatch(/login: /);
    expect(saved.match(/row-\d+-\r?\n/g)?.length).toBe(400);

    await page.reload();
    await shows(page, /the-2-end/);
    await find();
  });

  it('is the same in two windows', async () => {
    const other = await lab.open('/console/default/web');
    await shows(other, /the-2-end/);
    await page.locator('.xterm-helper-textarea').focus();
    await typeLine(page, 'echo from-$((10+1))');
    expect(await shows(other, /from-11/)).toBe('from-11');
    await other.locator('.xterm-helper-textarea').focus();
    await typeLine(other, 'echo back-$((10+2)); exit');
    expect(await shows(page, /back-12/)).toBe('back-12');
    await other.close();
  });
});

describe('the screen', () => {
  it('takes real keys: the guest tells on its serial console what it got', async () => {
    shell = await serialShell(api, web);
    await button('Screen').click();
    const canvas = page.getByRole('application', { name: /Screen of web/ }).locator('canvas');
    await canvas.waitFor();
    await guestScreen(shell, /login: *$/);
    await canvas.click();
    await pressLine(page, user);
    await guestScreen(shell, /Password: *$/);
    await pressLine(page, password);
    await guestScreen(shell, /\$ *$/);
    await pressLine(page, 'echo "By keys: $((6*7)) {~|}" > ~/typed');
    await guestScreen(shell, /typed\s[^]*\$ *$/);
    expect(await shell.run('cat /home/ada/typed')).toContain('By keys: 42 {~|}');
  });

  it('saves a picture, changes its size, fills the window', async () => {
    const png = await download(() => button('Save a picture').click());
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const guest = { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
    const canvas = page.getByRole('application').locator('canvas');
    const size = () => canvas.evaluate((element) => ({ width: element.clientWidth, height: element.clientHeight }));
    const choose = async (how: string): Promise<void> => {
      await button('Size of the picture').click();
      await page.getByRole('menuitem', { name: how }).click();
    };
    await choose('One to one');
    await expect.poll(size).toEqual(guest);
    await page.setViewportSize({ width: 700, height: 500 });
    await choose('Fit the window');
    await expect.poll(async () => (await size()).height).toBeLessThan(guest.height);
    await page.setViewportSize({ width: 1280, height: 800 });

    await button('Full screen').click();
    await button('Leave full screen').waitFor();
    expect(await page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
    await button('Leave full screen').click();
    await button('Full screen').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('types a text that was pasted', async () => {
    await button('Type a text').click();
    await page.getByRole('textbox', { name: 'Text' }).fill('echo "Pasted: $((2*21))" > ~/pasted\n');
    await button(/^Type \d+ characters$/).click();
    await guestScreen(shell, /pasted[^]*\$ *$/);
    expect(await shell.run('cat /home/ada/pasted')).toContain('Pasted: 42');
  });
});

describe('the machine', () => {
  const tab = async (name: string): Promise<void> => {
    await page.getByRole('tab', { name }).click();
  };
  it('has figures, its guest and its disks', async () => {
    await page.goto(`${lab.hearth.origin}/#/machines/default/web`);
    for (const name of ['CPU', 'Memory', 'Disk', 'Network']) {
      const chart = page.getByRole('img', { name, exact: true });
      await chart.locator('canvas').waitFor({ timeout: 60_000 });
      // Something is drawn: a line in the series' colour, not only the grid.
      const colours = () => chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      }); // prettier-ignore
      await expect.poll(colours, { timeout: 30_000 }).toBeGreaterThan(10);
    }
    await page.getByText('Hearth starter').first().waitFor({ timeout: 60_000 }); // as its agent says
    expect(await axeInBothThemes(page)).toEqual([]);
    await tab('Disks');
    await page.getByRole('row', { name: /virtio/ }).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await tab('Events');
    await page.getByText('Started').first().waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('serves its web page through a forwarded port, until the forward is taken away', async () => {
    await tab('Network');
    await page.getByRole('textbox', { name: 'Guest port' }).fill('80');
    await button('Add').click();
    const here = page.getByText(/^127\.0\.0\.1:\d+$/);
    await here.waitFor();
    const address = `http://${await here.innerText()}/`;
    const get = () => fetch(address, { headers: { connection: 'close' } }).then((answer) => answer.text(), () => 'nobody'); // prettier-ignore
    await expect.poll(get, { timeout: 60_000 }).toContain('<dd id="hostname">web</dd>');
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Remove the forward of guest port 80').click();
    await here.waitFor({ state: 'detached' });
    await expect.poll(get, { timeout: 30_000 }).toBe('nobody');
  });

  it('refuses a wrong definition and applies a right one', async () => {
    await tab('YAML');
    const editor = page.getByRole('textbox', { name: 'Definition of web' });
    await editor.waitFor();
    const detail = await rowOf(api, 'web', (row) => row.tone === 'running');
    expect(detail.status).toBe('Running');
    const write = async (from: RegExp, to: string): Promise<void> => {
      let yaml = '';
      for await (const { yaml: now } of api.machines.detail(web)) {
        yaml = now;
        break;
      }
      expect(yaml).toMatch(from);
      await editor.focus();
      await page.keyboard.press('Control+a');
      await page.evaluate((text) => navigator.clipboard.writeText(text), yaml.replace(from, to));
      await page.keyboard.press('Control+v');
    };
    const review = button(/^Review changes/);
    await write(/runStrategy: RerunOnFailure/, 'runStrategy: Sometimes');
    await page.getByRole('list', { name: 'Findings' }).getByText(/Sometimes|runStrategy/).first().waitFor(); // prettier-ignore
    expect(await review.getAttribute('aria-disabled')).toBe('true');
    expect(await axeInBothThemes(page)).toEqual([]);
    await write(/runStrategy: RerunOnFailure/, 'runStrategy: Manual\n  nonsense: 1');
    await page.getByRole('list', { name: 'Findings' }).getByText(/nonsense/).first().waitFor(); // prettier-ignore
    await write(/runStrategy: RerunOnFailure/, 'runStrategy: Manual');
    await page.getByRole('list', { name: 'Findings' }).waitFor({ state: 'detached' });
    await expect.poll(() => review.getAttribute('aria-disabled')).toBe(null);
    await review.click();
    await page.getByText('runStrategy: Manual').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Apply').click();
    await page.getByText('The definition was applied').waitFor();
    for await (const { vm } of api.machines.detail(web)) {
      expect(vm.spec).toMatchObject({ runStrategy: 'Manual' });
      break;
    }
    shell.close();
  });
});
