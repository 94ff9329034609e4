import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// Every page and dialog of the operations on the in-memory backend, in both themes: accessible, quiet, nothing cut off.
const preview = previewPages();

const themes = [
  { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'light', viewport: { width: 900, height: 600 } },
] as const;
const wide = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    ['main', '[role=dialog]'].filter((name) => {
      const element = document.querySelector(name);
      return element !== null && element.scrollWidth > element.clientWidth;
    }),
  );

describe('operations', () => {
  it.each([
    ['/machines/default/web', 'web', ''],
    ['/machines/default/continuous-integration-runner-for-the-big-monorepo-number-seven', /^continuous/, ''],
    ['/machines/default/lab', 'lab', ''],
    ['/machines/default/web/snapshots', 'web', 'Take a snapshot'],
    ['/machines/default/web/hardware', 'web', ''],
    ['/machines/default/web/disks', 'web', 'Attach disk'],
    ['/machines/default/web/disks', 'web', 'Add CD drive'],
    ['/machines/default/web/network', 'web', 'Add an interface'],
    ['/machines/default/web/guest', 'web', 'Run again at next start'],
    ['/machines/default/web/events', 'web', ''],
    ['machines=40 /machines', 'Machines', ''],
    ['machines=40 /machines/wall', 'Wall', ''],
    ['/machines/import', 'Import a machine', ''],
    ['/manifests', 'Create from manifest', ''],
    ['/networks', 'Networks', 'Create network'],
    ['/networks', 'Networks', 'Delete network lab'],
    ['scenario=errors /networks', 'Networks', ''],
    ['/storage', 'Storage', ''],
    ['/storage/orphaned', 'Storage', ''],
    ['/storage/bin', 'Storage', 'Empty the bin…'],
    ['scenario=empty /storage/bin', 'Storage', ''],
    ['/templates', 'Templates', 'Create machine'],
    ['scenario=errors /templates', 'Templates', ''],
    ['/templates/types', 'Templates', 'Create instance type'],
    ['/templates/preferences', 'Templates', ''],
    ['/templates/snippets', 'Templates', 'Create snippet'],
    ['/templates/new', 'Create template', ''],
    ['/activity/history', 'Activity', ''],
    ['/activity/commands', 'Activity', ''],
    ['/settings/notifications', 'Settings', ''],
    ['/settings/devices', 'Settings', ''],
    ['/settings/support', 'Settings', ''],
  ])('%s (%s) is accessible and quiet, with its dialog %s', async (address, title, dialog) => {
    for (const theme of themes) {
      const context = await preview.browser.newContext({ ...theme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      const [route = '/', query = ''] = address.split(' ').toReversed();
      await page.goto(`${preview.url}?latency=20&${query}#${route}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      if (dialog !== '') {
        await page.getByRole('button', { name: dialog, exact: true }).first().press('Enter');
        await page.getByRole('dialog').waitFor();
      }
      await page.waitForLoadState('networkidle');
      expect({ theme: theme.colorScheme, axe: await axe(page), wide: await wide(page), complaints }).toEqual({
        theme: theme.colorScheme,
        axe: [],
        wide: [],
        complaints: [],
      });
      await context.close();
    }
  });
});
