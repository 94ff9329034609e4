import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { browserArguments, browserPath } from '../browser.ts';
import { tell } from './control.ts';

let context: BrowserContext | undefined;
let spare: Page | undefined;

/** One Chromium for all windows. The test looks at its pages through a door of its own (CDP), whose address it is told. */
export async function startChromium(profile: string): Promise<void> {
  const port = await freePort();
  context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath(),
    args: [...browserArguments, `--remote-debugging-port=${port}`],
    viewport: { width: 1280, height: 800 },
  });
  [spare] = context.pages();
  await closeStrangers(context);
  tell({ what: 'chromium', url: `http://127.0.0.1:${port}` });
}

export function chromiumContext(): BrowserContext {
  if (!context) throw new Error('No window can be opened before the app is ready.');
  return context;
}

/** Pages of windows; and those that are being made for one. */
const own = new WeakSet<Page>();
const coming = new Set<Promise<Page>>();

/** An empty page for a window: the one that Chromium came with, then new ones. */
export async function emptyPage(): Promise<Page> {
  if (spare) {
    const page = spare;
    spare = undefined;
    own.add(page);
    return page;
  }
  const made = chromiumContext().newPage();
  coming.add(made);
  try {
    const page = await made;
    own.add(page);
    return page;
  } finally {
    coming.delete(made);
  }
}

/** Closes what a page has opened, which Electron would not have let come to be; whatever it asks for meanwhile, it gets nothing. */
async function closeStrangers(of: BrowserContext): Promise<void> {
  await of.route(() => true, (route) => route.abort('aborted')); // prettier-ignore
  of.on('page', (page) => {
    void Promise.allSettled(coming).then(async () => {
      if (!own.has(page)) await page.close();
    });
  });
}

export async function closeChromium(): Promise<void> {
  await context?.close().catch(() => undefined);
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
