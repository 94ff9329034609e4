import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { dataPaths } from '../../main/backend/paths.ts';
import { askControl } from '../../main/backend/control.ts';
import { fewDisks } from '../support/fake/boxes/data.ts';
import { startOwnBox } from '../support/boxes/own-box.ts';
import type { TestBox } from '../support/boxes/own-box.ts';
import { makeSignedImage } from '../support/boxes/signed-image.ts';
import type { SignedImage } from '../support/boxes/signed-image.ts';
import { axeInBothThemes, Lab } from './support/lab.ts';

// A real Hearth in a real browser: real drives of this computer, a stick in a plain file, and a real box's own Hearth
// whose agent, the one part that would need a computer of its own, is scripted.
let lab: Lab;
let box: TestBox;
let image: SignedImage;
let folder: string;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-sticks-'));
  lab = await Lab.start({ starter: 'nothing' });
  image = await makeSignedImage(join(folder, 'downloads'), {
    keys: join(dataPaths(lab.dataDir).root, 'boxes', 'keys'),
  });
  box = await startOwnBox({
    agent: {
      stage: 'choosing',
      words: 'Waiting for the choice of a disk',
      image: { version: '0.9.1', medium: 'stick' },
      stick: { verified: 'good', settings: true },
      disks: fewDisks,
    },
  });
  page = await lab.open('/boxes');
}, 180_000);
afterAll(async () => {
  await box?.close();
  await lab?.end();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const file = (): string => join(folder, 'stick.img');

describe('a stick', () => {
  it('never offers a drive of this computer that is in use', async () => {
    await heading('Boxes').waitFor();
    await page.getByText('No box yet').waitFor();
    await page.getByRole('link', { name: 'Create a stick' }).first().press('Enter');
    await heading('Create a stick').waitFor();
    await page
      .getByText('No stick is plugged in')
      .or(page.getByText('The drives cannot be listed'))
      .first()
      .waitFor({ timeout: 30_000 });
    await expect.poll(() => page.getByRole('radio', { name: /^\/dev/ }).count(), { timeout: 10_000 }).toBe(0);
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is written into a file: the image byte by byte, with the settings of the form', async () => {
    await page.getByLabel('Image file').fill('/etc/hostname');
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter');
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Image file').fill(image.path);
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter');
    await page.getByRole('radio', { name: 'Hearth 0.9.1' }).waitFor();
    await page.getByRole('radio', { name: 'A file', exact: true }).press('Space');
    await page.getByLabel('File', { exact: true }).fill(file());
    await page.getByLabel('Name of the box').fill('-no-');
    await page.getByText('One setting needs a look.').waitFor({ state: 'attached' });
    await page.getByLabel('Name of the box').fill('attic');
    await page.locator('button[type=submit]:not([aria-disabled])', { hasText: 'Write the file' }).press('Enter');
    await page.getByText('The file is ready').first().waitFor({ timeout: 60_000 });
    expect((await stat(file())).size).toBeGreaterThanOrEqual(image.size);
    const bytes = await readFile(file());
    // What the box reads at its start: the name, and a secret that this Hearth can prove to know.
    expect(bytes.includes('"hostName":"attic"') || bytes.includes('"hostName": "attic"')).toBe(true);
    expect(bytes.includes('"secret"')).toBe(true);
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is checked afterwards, whole, and says what is on it without its secret', async () => {
    await page.getByRole('button', { name: 'Check a stick' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'A file' }).press('Space');
    await dialog.getByLabel('File', { exact: true }).fill(file());
    await dialog.getByRole('button', { name: 'Check', exact: true }).press('Enter');
    await dialog.getByText('The stick is whole').waitFor({ timeout: 60_000 });
    await dialog.getByText('attic', { exact: true }).waitFor();
    expect(await dialog.getByText(/secret.*[A-Za-z0-9_-]{43}/).count()).toBe(0);
    await page.keyboard.press('Escape');
  });
});

describe('a box', () => {
  it('is found by its address, and paired only by its own code', async () => {
    await page.getByRole('link', { name: 'Boxes', exact: true }).first().click();
    await heading('Boxes').waitFor();
    await askControl(box.places.control, 'box-code');
    await box.shown(({ code }) => code !== undefined);
    const right = box.code() ?? '';
    const wrong = right.startsWith('1') ? `2${right.slice(1)}` : `1${right.slice(1)}`;
    const address = page.getByLabel('Address of a box');
    await address.fill(box.address);
    await address.press('Enter');
    const code = page.getByLabel('Code of the box');
    await code.waitFor({ timeout: 30_000 });
    await page
      .getByText((await box.fingerprint()).slice(0, 4))
      .first()
      .waitFor();
    await code.fill(wrong);
    await code.press('Enter');
    await page.getByText('This is not the code of this box').first().waitFor({ timeout: 30_000 });
    await code.fill(box.code() ?? '');
    await code.press('Enter');
    await page.getByText('Which disk?').waitFor({ timeout: 30_000 });
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is told exactly which disk, once the end of its serial number was typed', async () => {
    const [disk] = fewDisks;
    await page.getByRole('button', { name: new RegExp(`Choose.*${disk?.serial}`) }).press('Enter');
    await page.getByLabel('Last 4 letters of the serial number').fill(disk?.serial.slice(-4) ?? '');
    await page.getByRole('button', { name: 'Erase and install' }).press('Enter');
    await expect
      .poll(() => box.agent.last('choose-disk')?.disk, { timeout: 20_000 })
      .toEqual({ serial: disk?.serial, size: disk?.size, wwn: disk?.wwn });
    box.agent.set({
      stage: 'installing',
      words: 'Copying the system',
      progress: { fraction: 0.4, steps: [{ title: 'Copy the system', state: 'running' }] },
    });
    await page.getByText('Copying the system').first().waitFor();
  });

  it('is set up from the app: name and account reach it', async () => {
    box.agent.set({
      stage: 'setup',
      words: 'Installed',
      image: { version: '0.9.1', medium: 'disk', slot: 'a' },
      disks: undefined,
      stick: undefined,
      progress: undefined,
    });
    await page.getByLabel('Name of the box').fill('attic');
    await page.getByRole('button', { name: 'Save and go on' }).press('Enter');
    await expect.poll(() => box.agent.last('name')?.hostName, { timeout: 20_000 }).toBe('attic');
    const password = page.getByLabel('Password', { exact: true });
    await password.fill('correct horse battery');
    await page.getByLabel('Once more').fill('correct horse battery');
    await password.press('Enter');
    await page.getByRole('button', { name: 'Leave it so' }).waitFor({ timeout: 20_000 });
    await heading('attic').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is offline when it is switched off, and can be woken', async () => {
    await box.own.close();
    await page.getByText(/^Offline; last seen/).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Boxes', exact: true }).first().click();
    await page.getByRole('button', { name: 'Wake attic' }).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is forgotten, and gone from the list', async () => {
    await page.getByRole('button', { name: 'More about attic' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Forget' }).press('Enter');
    await page.getByRole('button', { name: 'Forget', exact: true }).press('Enter');
    await page.getByRole('list', { name: 'Your boxes' }).waitFor({ state: 'detached', timeout: 30_000 });
    // Words that go with a closing dialog stay a moment.
    await expect.poll(() => page.getByText('attic', { exact: true }).count(), { timeout: 15_000 }).toBe(0);
  });
});
