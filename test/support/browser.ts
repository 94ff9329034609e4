import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const candidates = [
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The system's Chromium. Throws where there is none. */
export function browserPath(): string {
  const path = candidates.find((each) => existsSync(each));
  if (path === undefined) throw new Error('No Chromium here. Install it: sudo apt-get install chromium');
  return path;
}

/** For a browser that tells nobody anything. */
export const browserArguments: readonly string[] = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]; // prettier-ignore

/** The system's Chromium, headless and quiet. */
export function launchBrowser(extra: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath(), args: [...browserArguments, ...extra] });
}
