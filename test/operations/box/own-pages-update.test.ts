import { deepStrictEqual } from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, FileChooser, Locator, Page } from 'playwright-core';
import { checkUpdate } from '../../../main/backend/boxes/agent/upkeep/check-update.ts';
import { readTrustedKeys } from '../../../main/backend/boxes/image/keys.ts';
import { launchBrowser } from '../../support/browser.ts';
import { testApp, until } from '../../support/boxes/own-box.ts';
import { startBoxProcess } from '../../support/boxes/process/box-process.ts';
import type { BoxProcess } from '../../support/boxes/process/box-process.ts';
import { layWire } from '../../support/boxes/process/wire.ts';
import type { Wire } from '../../support/boxes/process/wire.ts';
import { makeSignedImage, signedNote } from '../../support/boxes/signed-image.ts';
import type { SignedImage } from '../../support/boxes/signed-image.ts';
import { picture } from '../../support/pictures.ts';
import { freePort } from '../../support/raw-guest.ts';
import { tabTo } from '../../e2e/support/guest.ts';
import { axeInBothThemes } from '../../e2e/support/lab.ts';

// A new version from a browser on a box's own pages: the built `hearth serve --box`, a real browser over HTTPS and a cable
// that can be slow, or pulled. The agent's own check of what is signed is behind its socket; the slot is not written.
const host = '127.0.0.2';
const password = 'correct horse battery';
let folder: string;
let box: BoxProcess;
let wire: Wire;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let image: SignedImage;
const complaints: string[] = [];
const choosers = new WeakMap<Page, (chooser: FileChooser) => void>();
/** What a browser says of a cable that was pulled, and of an offset that it has to ask for again. */
const expected = [/WebSocket connection to .* failed/, /net::ERR_(CONNECTION|EMPTY|SOCKET|ABORTED)/, /status of 409/];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-update-'));
  image = await makeSignedImage(join(folder, 'images'), { keys: join(folder, 'mine'), version: '1.3.0' });
  await writeFile(join(folder, 'older.json'), await signedNote({ keys: join(folder, 'mine'), version: '1.1.0' }));
  await writeFile(join(folder, 'foreign.json'), await signedNote({ keys: join(folder, 'other'), version: '1.3.0' }));
  const bytes = await readFile(image.path);
  bytes[20_000_000] = (bytes[20_000_000] ?? 0) ^ 1;
  await writeFile(join(folder, 'damaged.img'), bytes);
  box = await startBoxProcess();
  box.agent.set({ addresses: [{ interface: 'eth0', kind: 'ethernet', mac: '52:54:00:12:34:56', address: host, link: true }] }); // prettier-ignore
  box.agent.script['check-update'] = ({ path }) =>
    checkUpdate(
      {
        running: { version: '1.2.3', builtAt: '2026-10-01T00:00:00Z', medium: 'disk', slot: 'a' },
        keys: () => readTrustedKeys([join(folder, 'mine')]),
        incoming: box.places.incoming,
      },
      path,
    );
  const app = await testApp();
  await box.pair(app);
  for (const action of [{ do: 'account', name: 'ada', password }, { do: 'skip-appliance' }, { do: 'finish-setup' }])
    await box.ask(app, 'POST', '/box/act', action);
  wire = await layWire(host, await freePort(), box.port);
  browser = await launchBrowser();
  context = await newContext();
  page = await signedIn(context);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await wire?.close();
  const code = await box?.down();
  await box?.close();
  await rm(folder, { recursive: true, force: true });
  deepStrictEqual([code, complaints], [0, []]);
}, 60_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(page, `failed ${task.name}`);
});

async function newContext(): Promise<BrowserContext> {
  const fresh = await browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    colorScheme: 'dark',
    viewport: { width: 1280, height: 800 },
  });
  fresh.on('weberror', (error) => complaints.push(error.error().stack ?? String(error.error())));
  fresh.on('console', (message) => {
    if (message.type() === 'error' && !expected.some((each) => each.test(message.text()))) complaints.push(message.text()); // prettier-ignore
  });
  return fresh;
}
async function signedIn(by: BrowserContext): Promise<Page> {
  const fresh = await by.newPage();
  // All the time: a dialog that nobody waits for yet would stay open.
  fresh.on('filechooser', (chooser) => choosers.get(fresh)?.(chooser));
  await fresh.goto(`https://${host}:${wire.port}/`);
  await fresh.getByLabel('Name', { exact: true }).fill('ada');
  await fresh.getByLabel('Password', { exact: true }).fill(password);
  await fresh.keyboard.press('Enter');
  await fresh.getByRole('navigation').first().waitFor();
  await fresh.goto(`https://${host}:${wire.port}/#/this-box/update`);
  await button(fresh, 'Choose both files…').waitFor();
  return fresh;
}
const button = (on: Page, name: string): Locator => on.getByRole('button', { name, exact: true });
const press = async (to: Locator): Promise<void> => {
  await tabTo(page, to);
  await page.keyboard.press('Enter');
};
/** By the keyboard, in the system's own dialog. */
async function choose(on: Page, ...files: string[]): Promise<void> {
  await tabTo(on, button(on, 'Choose both files…'));
  const chosen = new Promise<FileChooser>((resolve) => choosers.set(on, resolve));
  await on.keyboard.press('Enter');
  const chooser = await chosen;
  expect(chooser.isMultiple()).toBe(true);
  await chooser.setFiles(files);
}
/** Its name tells why it cannot be pressed, too. */
const go = (): Locator => page.getByRole('button', { name: 'Send and restart into it' });
const note = (): string => image.path.replace(/img$/, 'json');
const clean = async (): Promise<void> => expect(await axeInBothThemes(page)).toEqual([]);
/** Bytes that the box has of what is sent. */
const here = async (): Promise<number> => {
  const names = await readdir(box.places.uploads).catch((): string[] => []);
  const [bytes] = names.filter((name) => !name.includes('.'));
  return bytes === undefined ? 0 : (await stat(join(box.places.uploads, bytes))).size;
};
/** Nobody sends any more, as the box sees it. */
async function quiet(): Promise<void> {
  let last = -1;
  for (let bytes = await here(); bytes !== last; bytes = await here()) {
    last = bytes;
    await page.waitForTimeout(3200);
  }
}

describe('refused in words, before a byte is sent', () => {
  it('one of the two files, a file of another kind or size', async () => {
    await clean();
    await picture(page, '01-update');
    await choose(page, image.path);
    await page.getByText('The .json of the image is missing').waitFor();
    await picture(page, '02-no-note');
    await choose(page, note());
    await page.getByText('The image itself is missing').waitFor();
    await choose(page, image.path, join(folder, 'mine', 'mine.key'));
    await page.getByText('The .json of the image is missing').waitFor();
    await choose(page, join(folder, 'mine', 'mine.key'), note());
    await page.getByText('This is not the image that the .json tells of').waitFor();
    await clean();
    expect(await here()).toBe(0);
  });
  it('an image that somebody else signed, and an older one', async () => {
    await choose(page, image.path, join(folder, 'foreign.json'));
    await page.getByText('This image was signed by nobody known').waitFor();
    await picture(page, '03-foreign');
    await choose(page, image.path, join(folder, 'older.json'));
    await page.getByText('This version is older').waitFor();
    await picture(page, '04-older');
    await clean();
    expect([await here(), await go().getAttribute('aria-disabled')]).toEqual([0, 'true']);
  });
});

describe('sent', () => {
  it('with progress; after a reload it goes on where it stopped, and nobody else sends meanwhile', async () => {
    await choose(page, note(), image.path);
    await page.getByText('Debian 13, Linux 6.12').waitFor();
    await clean();
    await picture(page, '05-offered');
    wire.pace(500_000); // more than a minute for all of it
    await press(go());
    await page.getByRole('progressbar', { name: 'Sending the image' }).waitFor();
    await page.getByText(/ of 40 MiB · .*\/s · .* left$/).waitFor();
    await clean();
    await picture(page, '06-sending');
    const other = await newContext();
    const stranger = await signedIn(other);
    await choose(stranger, note(), image.path);
    await stranger.getByText('Another image is being sent').waitFor();
    await picture(stranger, '07-another');
    await other.close();
    const before = await until(here, (bytes) => bytes > 1_000_000, 30_000);
    await page.reload();
    wire.pace(Infinity); // what is in the cable comes yet
    await quiet();
    await choose(page, note(), image.path);
    await page.getByText(/^\d+\s% of it is on the box already; it goes on from there\.$/).waitFor();
    await picture(page, '08-goes-on');
    expect(await here()).toBeGreaterThanOrEqual(before);
  });
  it('over a cable that is pulled in the middle: it goes on by itself, is compared, and handed over', async () => {
    const from = await here();
    let handed: Buffer | undefined;
    let finish: () => void = () => undefined;
    box.agent.script.update = async ({ path }) => {
      handed = await readFile(path);
      await new Promise<void>((resolve) => (finish = resolve));
    };
    wire.pace(2_000_000);
    await press(go());
    const cut = await until(here, (bytes) => bytes > from + 1_000_000, 30_000);
    await wire.plug(false);
    await page.getByText('Hearth stopped answering').first().waitFor();
    await picture(page, '09-cut');
    const kept = await here();
    expect(kept).toBeGreaterThanOrEqual(cut);
    wire.pace(Infinity);
    await wire.plug(true);
    await page.getByText('Write the new version').first().waitFor({ timeout: 60_000 });
    await until(() => handed, Boolean, 20_000);
    expect(handed?.equals(await readFile(image.path))).toBe(true);
    await clean();
    await picture(page, '10-writing');
    finish();
    await until(() => box.agent.last('reboot'), Boolean, 20_000);
  });
});

describe('not taken after all', () => {
  it('bytes that are not those that were signed; nothing is kept of them', async () => {
    await quiet();
    await choose(page, note(), join(folder, 'damaged.img'));
    await page.getByText('All of it is on the box already.').waitFor();
    // The box has the right ones already: those are given up first.
    await press(button(page, 'Give it up'));
    await until(here, (bytes) => bytes === 0);
    await choose(page, note(), join(folder, 'damaged.img'));
    await press(go());
    await page.getByText('This image is damaged').waitFor({ timeout: 30_000 });
    await clean();
    await picture(page, '11-damaged');
    expect([await here(), await readdir(box.places.incoming)]).toEqual([0, ['uploads']]);
  });
});
