import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const candidates = [
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The system's Chromium, headless and quiet. */
export function launchBrowser(extra: string[] = []): Promise<Browser> {
  const executablePath = candidates.find((path) => existsSync(path));
  if (!executablePath) throw new Error('No Chromium here. Install it: sudo apt-get install chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...extra,
    ], // prettier-ignore
  });
}
