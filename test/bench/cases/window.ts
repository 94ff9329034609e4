import type { BrowserContext } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const rounds = 5;

/** Milliseconds until a Node process that does nothing has written a line. */
async function bareNode(): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['-e', 'console.log(1)'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = once(child.stdout, 'data');
  const end = once(child, 'close');
  await line;
  const ms = performance.now() - begun;
  await end;
  return ms;
}
/** Milliseconds until a new page of this browser shows a line of text. */
async function barePage(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  const begun = performance.now();
  await page.goto('data:text/html,<h1>There</h1>');
  await page.getByRole('heading').waitFor();
  const ms = performance.now() - begun;
  await page.close();
  return ms;
}

/**
 * From the start of the program to a page that can be used, on a data directory that was used before and with a browser that
 * is running: beside a bare Node that starts and an empty page that opens.
 */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const times = { ready: [] as number[], page: [] as number[], whole: [] as number[], bare: [] as number[] };
  try {
    // Stays open. The first page of a browser's window brings its address bar, which Chromium draws as a page of its own, with most of
    // a second's work: neither the app's window nor one of `--app` has it.
    await context.newPage();
    const first = await startHearth(data.path);
    const signedIn = await first.page();
    await signedIn.api.settings.update({ setupDone: true });
    signedIn.close();
    await first.stop();
    for (let round = 0; round <= rounds; round += 1) {
      const begun = performance.now();
      // As the desktop app does: its window is there while the backend starts.
      const [hearth, page] = await Promise.all([startHearth(data.path), context.newPage()]);
      const opened = performance.now();
      await page.goto(hearth.url);
      await page.getByRole('navigation').getByRole('link').first().waitFor();
      const ended = performance.now();
      await page.close();
      await hearth.stop();
      const bare = (await bareNode()) + (await barePage(context));
      if (round === 0) continue; // fills the caches of browser and disk
      times.ready.push(hearth.readyMs);
      times.page.push(ended - opened);
      times.whole.push(ended - begun);
      times.bare.push(bare);
    }
    const note = `median of ${rounds}`;
    return [
      { what: 'start to usable page, warm', ours: median(times.whole), bare: median(times.bare), bareName: 'bare node + an empty page', unit: 'ms', better: 'lower', goal: { own: 1000 }, note },
      { what: '... of which until the backend is ready', ours: median(times.ready), unit: 'ms', better: 'lower', note },
      { what: '... and the page', ours: median(times.page), unit: 'ms', better: 'lower', note },
    ]; // prettier-ignore
  } finally {
    await browser.close();
    data.remove();
  }
}
