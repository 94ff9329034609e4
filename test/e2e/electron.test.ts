import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronProgram } from '../../main/launch/electron.mjs';

const root = join(import.meta.dirname, '../..');
// Never by importing `electron`: that starts a download.
const binary = electronProgram();
const why = binary === undefined ? ' (skipped: no Electron binary here; `npx install-electron --no`, or ELECTRON_OVERRIDE_DIST_PATH)' : ''; // prettier-ignore

describe.skipIf(binary === undefined)(`the desktop app in Electron itself${why}`, () => {
  let app: ElectronApplication;
  let page: Page;
  const folder = mkdtempSync(join(tmpdir(), 'hearth-electron-'));
  beforeAll(async () => {
    app = await _electron.launch({
      executablePath: binary ?? '',
      args: [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...(process.env as Record<string, string>), HEARTH_DATA_DIR: folder },
    });
    page = await app.firstWindow();
  }, 120_000);
  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('opens one window on app://, whose first page is usable', async () => {
    expect(page.url()).toMatch(/^app:\/\/ui\/index\.html/);
    await page.getByRole('heading', { level: 1, name: 'What this computer can do' }).waitFor({ timeout: 60_000 });
    await page.locator('[data-failure-class]').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { level: 1, name: 'Where shall your machines run?' }).waitFor();
    expect(app.windows()).toHaveLength(1);
  });

  it('is the major that the fuses and the checklist are about', async () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }; // prettier-ignore
    const version = await app.evaluate(() => process.versions['electron']);
    expect(version?.split('.')[0]).toBe(devDependencies['electron']?.split('.')[0]);
  });

  it('shows the page no Node and no Electron, in a sandboxed process of its own', async () => {
    const seen = await page.evaluate(() => ['require', 'process', 'module', 'Buffer', 'ipcRenderer'].filter((name) => name in globalThis)); // prettier-ignore
    expect(seen).toEqual([]);
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }; // prettier-ignore
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({ contextIsolation: true, nodeIntegration: false, sandbox: true, webSecurity: true, webviewTag: false }); // prettier-ignore
  });

  it('keeps the page where it is, and opens no windows for it', async () => {
    const before = page.url();
    await page.evaluate(() => {
      location.assign('https://example.org/');
      window.open('file:///etc/passwd');
      window.open('data:text/html,x');
    });
    await page.waitForTimeout(500);
    expect([page.url(), app.windows().length]).toEqual([before, 1]);
    expect(await page.evaluate(() => fetch('/../../package.json').then(({ status }) => status))).toBe(404);
  });

  it('gives the permissions of the list and no other', async () => {
    const states = await page.evaluate(async () => {
      const state = async (name: string): Promise<string> => (await navigator.permissions.query({ name: name as PermissionName })).state; // prettier-ignore
      return [
        await state('camera'),
        await state('microphone'),
        await state('geolocation'),
        await state('notifications'),
      ];
    });
    expect(states).toEqual(['denied', 'denied', 'denied', 'denied']);
  });

  it('answers the file picker', async () => {
    await app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: ['/tmp/picked.yaml'] });
    });
    const picked = await page.evaluate(() =>
      (globalThis as unknown as { hearthDesktop: { pickFile(options: object): Promise<unknown> } }).hearthDesktop.pickFile({ title: 'x', extensions: [] }),
    ); // prettier-ignore
    expect(picked).toBe('/tmp/picked.yaml');
  });

  it('ends whole', async () => {
    const { pid } = app.process();
    await app.close();
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000 }).toBe(false);
  });
});
