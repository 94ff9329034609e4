import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { whyNot } from '../../main/contract/offers.ts';
import type { OfferId } from '../../main/contract/offers.ts';
import { previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';
import { matrixOf } from '../support/scripted-cluster/matrix.ts';

// What a target cannot do is said on the button, before it is pressed: on a target that lacks much, everything that can be
// pressed is pressed on every page, and the backend never has to refuse.
const preview = previewPages();

const machine = '/machines/default/web';
const places: readonly [route: string, title: string][] = [
  ['/', ''],
  ['/machines', 'Machines'],
  ['/machines/new', 'Create machine'],
  ['/machines/import', 'Import a machine'],
  ['/machines/wall', 'Wall'],
  [machine, 'web'],
  ...['console', 'hardware', 'disks', 'network', 'snapshots', 'guest', 'yaml'].map((tab): [string, string] => [`${machine}/${tab}`, 'web']), // prettier-ignore
  ['/machines/default/lab', 'lab'],
  ['/machines/default/lab/console', 'lab'],
  ['/images', 'Images'],
  ['/networks', 'Networks'],
  ['/networks/map', 'Networks'],
  ['/containers', 'Containers'],
  ['/storage', 'Storage'],
  ['/storage/orphaned', 'Storage'],
  ['/storage/bin', 'Storage'],
  ['/backups', 'Backups'],
  ['/templates', 'Templates'],
  ['/templates/types', 'Templates'],
  ['/templates/new', 'Create template'],
  ['/manifests', 'Create from manifest'],
];
/** Notices are dialogs too, that take nothing over. */
const dialogs = '[role=dialog]:not([data-type])';
const shown = async (page: Page): Promise<boolean> => (await page.locator(dialogs).count()) > 0;
/** Pages where something is made: none leads to them where that cannot be. */
const makes = { 'machines.create': '#/machines/new', 'templates.save': '#/templates/new', 'manifests.apply': '#/manifests' } satisfies Partial<Record<OfferId, string>>; // prettier-ignore
const refused = (page: Page): Promise<string[]> => page.evaluate(() => globalThis.hearthRefused ?? []);
const can = ':not([aria-disabled=true]):not([role=tab]):visible';
/** Of buttons of many rows, that begin with the same words, as many are pressed. */
const alike = 5;

/** Presses whatever can be pressed in a part of the page, and what comes up by it. Returns what was pressed. */
async function press(page: Page, part: string, route: string, deep = true): Promise<string[]> {
  const buttons = page.locator(`${part} button${can}`);
  const names = await buttons.evaluateAll((all) =>
    all.map((each) => (each.getAttribute('aria-label') ?? each.textContent ?? '').trim()),
  );
  const pressed: string[] = [];
  const times = new Map<string, number>();
  for (const name of new Set(names)) {
    const begin = name.split(' ').slice(0, 2).join(' ');
    times.set(begin, (times.get(begin) ?? 0) + 1);
    if ((times.get(begin) ?? 0) > alike) continue;
    const button = page.locator(`${part} button${can}`).nth(names.indexOf(name));
    if (name === '' || leaves.test(name)) continue;
    await button
      .press('Enter', { timeout: 500 })
      .then(() => pressed.push(name))
      .catch(() => undefined); // gone meanwhile
    await page.waitForTimeout(60);
    if (deep && (await page.getByRole('menu').isVisible())) pressed.push(...(await menu(page, button, route)));
    if (deep && (await shown(page))) pressed.push(...(await press(page, dialogs, route, false)));
    await back(page, route);
  }
  return pressed;
}
/** What ends the look at a page: the window of another, a file chooser, the end of what is looked at. */
const leaves = /^(Cancel|Close|Dismiss|Full screen|.*own window|Choose.*|Open a file.*|Close notification)$/i;

async function menu(page: Page, opener: ReturnType<Page['locator']>, route: string): Promise<string[]> {
  const items = page.locator(`[role=menuitem]${can}`);
  const count = await items.count();
  const pressed: string[] = [];
  for (let at = 0; at < count; at += 1) {
    if (at > 0) await opener.press('Enter', { timeout: 500 }).catch(() => undefined);
    const item = items.nth(at);
    const name = await item.textContent({ timeout: 500 }).catch(() => null);
    if (name === null) break;
    await item
      .click({ timeout: 500 })
      .then(() => pressed.push(name))
      .catch(() => undefined); // gone meanwhile
    await page.waitForTimeout(60);
    if (await shown(page)) pressed.push(...(await press(page, dialogs, route, false)));
    await back(page, route);
  }
  return pressed;
}

/** Away with what came up, and back from where it led to. */
async function back(page: Page, route: string): Promise<void> {
  for (let left = 3; left > 0 && (await page.locator(`${dialogs}, [role=menu]`).count()) > 0; left -= 1) {
    await page.keyboard.press('Escape');
    await page.waitForTimeout(40);
  }
  if (new URL(page.url()).hash !== `#${route}`) {
    await page.evaluate((to) => (location.hash = to), route);
    await page.waitForTimeout(120);
  }
}

describe.each(['read-only', 'no-cdi'])('on the cluster %s', (name) => {
  it.each(places)('nothing that can be pressed on %s is refused', async (route, title) => {
    const context = await preview.browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    const matrix = await matrixOf(name);
    await page.addInitScript((given) => (globalThis.hearthCapabilities = given), matrix);
    await page.goto(`${preview.url}?latency=5#${route}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await axe(page)).toEqual([]);
    // Each says why: in words that are read out with its name.
    const mute = await page
      .locator('main [aria-disabled=true]:visible')
      .evaluateAll((all) =>
        all
          .filter((each) => !/\S \(.+\)|\..*\./s.test(`${each.getAttribute('aria-label') ?? ''} ${each.textContent}`) && !each.hasAttribute('aria-describedby'))
          .map((each) => each.outerHTML.slice(0, 200)),
      ); // prettier-ignore
    expect(mute).toEqual([]);
    for (const [id, href] of Object.entries(makes) as [OfferId, string][])
      if (whyNot(matrix, id)) expect([href, await page.locator(`main a[href="${href}"]`).count()]).toEqual([href, 0]);
    const pressed = await press(page, 'main', route);
    if (process.env['SHOW']) console.log(name, route, pressed.join(' | '));
    expect({ refused: [...new Set(await refused(page))], complaints }).toEqual({ refused: [], complaints: [] });
    await context.close();
  });
});
