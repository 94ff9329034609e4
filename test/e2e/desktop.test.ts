import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopOnDouble } from '../support/electron-double/driver.ts';

// The built shell, preload and pages on a DOUBLE of Electron (test/support/electron-double/register.ts says what that is and is not).
let desktop: DesktopOnDouble;
let page: Page;
/** A lab's file where the test put it. */
function labFile(name: string): string {
  const path = join(desktop.folder, name);
  copyFileSync(join(import.meta.dirname, '../../assets/labs/disaster/lab.yaml'), path);
  return path;
}
const review = () => page.getByRole('dialog', { name: /Disaster/ });

beforeAll(async () => {
  desktop = await DesktopOnDouble.start();
  [page] = desktop.pages() as [Page];
}, 240_000);
afterAll(() => desktop?.end(), 60_000);

const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });

describe('the desktop app on a double of Electron', () => {
  it('opens one window on app://, whose first page is usable', async () => {
    const { url, windows } = await desktop.until(({ what }) => what === 'window');
    expect([url, windows, desktop.pages().length]).toEqual([expect.stringMatching(/^app:\/\/ui\/index\.html/), 1, 1]);
    await heading('What this computer can do').waitFor({ timeout: 60_000 });
    // The answer of the backend came through the shell: the figures of the trial that ran here.
    await page.locator('[data-failure-class]').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Next' }).click();
    await heading('Where shall your machines run?').waitFor();
    expect(desktop.told.filter(({ what }) => what === 'stopped')).toEqual([]);
  });

  it('shows the page five functions, and nothing of Electron or Node', async () => {
    const seen = await page.evaluate(() => {
      const at = globalThis as unknown as Record<string, unknown>;
      return {
        bridge: Object.keys(at['hearthDesktop'] as object).toSorted(),
        others: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', 'contextBridge', '__fromShell', '__electronDouble'].filter((name) => name in globalThis),
        isolated: Object.isFrozen(at['hearthDesktop']),
      };
    });
    expect(seen).toEqual({ bridge: ['notify', 'openConsole', 'pickFile', 'requestPort', 'saveFile'], others: [], isolated: true });
  }); // prettier-ignore

  it('keeps the page where it is: navigation, windows and requests to anywhere else are stopped', async () => {
    const before = page.url();
    await page.evaluate(() => {
      location.assign('https://example.org/');
    });
    await desktop.until(({ what, url }) => what === 'stopped' && url === 'https://example.org/');
    await page.evaluate(() => {
      const link = Object.assign(document.createElement('a'), { href: 'https://kubevirt.io/', target: '_blank' });
      document.body.append(link);
      link.click();
      link.remove();
    });
    // The person's browser gets the link; no window of ours does.
    expect(await desktop.until(({ what }) => what === 'outside')).toEqual({ what: 'outside', url: 'https://kubevirt.io/' }); // prettier-ignore
    const fetched = await page.evaluate(() =>
      fetch('http://127.0.0.1:1/').then(
        () => 'loaded',
        () => 'refused',
      ),
    );
    expect(fetched).toBe('refused');
    expect(await page.evaluate(() => fetch('/../../package.json').then(({ status }) => status))).toBe(404);
    expect(page.url()).toBe(before);
    await expect.poll(() => desktop.pages().length).toBe(1);
    await heading('Where shall your machines run?').waitFor();
  });

  it('answers the page’s file picker with the file that the person chose, and with nothing when it is closed', async () => {
    const path = labFile('picked.yaml');
    await page.evaluate(() => (location.hash = '/labs'));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const choose = page.getByRole('button', { name: 'Choose a file' });
    desktop.order({ order: 'answer' });
    await choose.click();
    const { options } = await desktop.until(({ what }) => what === 'dialog');
    expect(options).toMatchObject({
      title: 'Import a lab',
      properties: ['openFile'],
      filters: [{ extensions: ['yaml', 'yml', 'hearthlab'] }, { extensions: ['*'] }],
    });
    expect(await review().isVisible()).toBe(false);
    desktop.order({ order: 'answer', path });
    await choose.click();
    // Read by the backend from the disk.
    await review().waitFor();
    await page.keyboard.press('Escape');
    await review().waitFor({ state: 'hidden' });
  });

  it('lives through a reload: the page gets a new port', async () => {
    await page.evaluate(() => (location.hash = '/labs'));
    await page.reload();
    // From the backend: the library.
    const title = page.getByText('Disaster: the machine is gone').first();
    await title.waitFor({ timeout: 60_000 });
    expect(await title.isVisible()).toBe(true);
  });

  it('a second start brings the first one to the front and ends; a file of it is shown', async () => {
    expect(await desktop.again()).toBe(0);
    const path = labFile('second.yaml');
    // By its name alone: it is in the folder that the second one was started in.
    expect(await desktop.again(['second.yaml'])).toBe(0);
    await page.waitForURL(/#\/labs\/-\/open\/[\w-]+$/);
    const field = page.getByRole('textbox', { name: 'Or a file of the computer that runs Hearth' });
    await field.waitFor();
    expect(await field.inputValue()).toBe(path);
    await page.getByRole('button', { name: 'Check it' }).click();
    await review().waitFor();
    expect(desktop.pages()).toHaveLength(1);
  });

  it('has a menu, whose Quit ends everything: no process is left', async () => {
    expect(desktop.told.findLast(({ what }) => what === 'menu')?.['items']).toEqual(expect.arrayContaining(['quit', 'editMenu', 'No updates: this runs from its sources'])); // prettier-ignore
    expect(desktop.processes().length).toBeGreaterThan(2);
    desktop.order({ order: 'menu', role: 'quit' });
    expect(await desktop.exit()).toBe(0);
    await expect.poll(() => desktop.processes(), { timeout: 15_000 }).toEqual([]);
  });
});

it('a window that is closed ends the app, and the backend with it', async () => {
  const other = await DesktopOnDouble.start();
  try {
    await other.pages()[0]?.getByRole('heading', { level: 1 }).first().waitFor({ timeout: 60_000 });
    await other.pages()[0]?.close();
    expect(await other.exit()).toBe(0);
    await expect.poll(() => other.processes(), { timeout: 15_000 }).toEqual([]);
  } finally {
    await other.end();
  }
});
