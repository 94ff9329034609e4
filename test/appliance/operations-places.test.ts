import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { overflows, previewPages } from '../support/preview/pages.ts';
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
    ['scenario=errors /networks', 'Networks', ''],
    ['/storage', 'Storage', ''],
    ['/storage/orphaned', 'Storage', ''],
    ['/storage/bin', 'Storage', 'Empty the bin…'],
    ['/storage/bin', 'Storage', 'Restore… dmz'],
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

describe('what can be undone is done without a question, and had back by keyboard', () => {
  /** Opens the menu, if the button is in one, and presses it. */
  const press = async (page: Page, [first, item]: readonly string[]): Promise<void> => {
    await page
      .getByRole('button', { name: first ?? '', exact: true })
      .first()
      .press('Enter');
    if (item !== undefined) await page.getByRole('menuitem', { name: item, exact: true }).press('Enter');
  };
  it.each([
    ['/networks', ['Delete network lab'], 'Network lab is deleted', 'lab is back', { role: 'button', name: 'Delete network lab' }],
    ['/templates', ['More about Web server', 'Delete'], 'The template Web server is deleted.', 'Web server is back', { role: 'button', name: 'More about Web server' }],
    ['/targets', ['More for Cluster at work', 'Forget'], 'Cluster at work is forgotten', 'Cluster at work is back', { role: 'button', name: 'More for Cluster at work' }],
    ['/backups', ['More about NAS', 'End plan'], 'The plan of NAS is ended', 'The plan of NAS is back', { role: 'button', name: 'Change plan' }],
    ['/backups', ['More about NAS', 'Forget'], 'NAS is forgotten', 'NAS is back', { role: 'button', name: 'More about NAS' }],
    ['/labs/my-lab', ['More for My lab', 'Delete lab'], 'My lab is in the bin', 'My lab is back', { role: 'link', name: 'My lab' }],
  ] as const)('%s: %s', async (route, doing, done, back, there) => {
    const context = await preview.browser.newContext({ ...themes[0], reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`${preview.url}?latency=20#${route}`);
    await press(page, doing);
    await page.getByText(done, { exact: true }).waitFor();
    expect(await page.getByRole('dialog').or(page.getByRole('alertdialog')).filter({ hasNotText: done }).count()).toBe(0);
    await page.getByRole(there.role, { name: there.name }).waitFor({ state: 'detached' });
    expect(await axe(page)).toEqual([]);
    // F6 goes to the notices from anywhere; another page that just opened takes the focus once.
    const focused = (): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(async () => {
      await page.keyboard.press('F6');
      for (let tabs = 0; tabs < 3 && (await focused()) !== 'Undo'; tabs += 1) await page.keyboard.press('Tab');
      return focused();
    }, { timeout: 10_000 }).toBe('Undo');
    await page.keyboard.press('Enter');
    await page.getByText(back, { exact: true }).waitFor();
    await page.getByRole(there.role, { name: there.name }).first().waitFor();
    expect(await page.getByText(done, { exact: true }).count()).toBe(0);
    await context.close();
  }); // prettier-ignore

  it('several machines that were deleted at once come back with one press', async () => {
    const context = await preview.browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`${preview.url}?latency=20#/machines`);
    const boxes = page.getByRole('checkbox', { name: /^Select (?!all)/ });
    await boxes.first().waitFor();
    const names: string[] = [];
    for (const box of [boxes.nth(0), boxes.nth(1)]) {
      names.push(((await box.getAttribute('aria-label')) ?? '').replace('Select ', ''));
      await box.press(' ');
    }
    await page.getByRole('button', { name: 'Delete…', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Move to the bin', exact: true }).press('Enter');
    await page.getByText('2 done, 0 failed, 0 left alone').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().press('Enter');
    await page.getByText('2 machines are in the bin', { exact: true }).waitFor();
    for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).waitFor({ state: 'detached' });
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo', exact: true }).press('Enter');
    await page.getByText('2 are back', { exact: true }).waitFor();
    await context.close();
  }); // prettier-ignore

  it('a notice outlives a reload of the page', async () => {
    const context = await preview.browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`${preview.url}?latency=20#/networks`);
    await press(page, ['Delete network lab']);
    await page.getByText('Network lab is deleted', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Network lab is deleted', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(1);
    await context.close();
  });
});

describe('quotas', () => {
  it('are shown with what each has, and changed; who makes a machine sees what is left', async () => {
    const { page, complaints } = await preview.open('lan=on&user=admin /settings/people');
    const card = page.getByRole('region', { name: 'Quotas' });
    await card.getByText('Machines: 3 of 3').waitFor();
    expect(await card.getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('Machines: 4 · Memory: 8 GiB'),
      expect.stringContaining('Machines: 3 · vCPUs: 4'),
      expect.stringContaining('Machines: 2 of 6 · vCPUs: 4 · Memory: 4 GiB of 8 GiB · Disks: 30 GiB of 200 GiB'),
      expect.stringContaining('Machines: 3 of 3'),
    ]);
    await card.getByRole('button', { name: 'Change the quota of stu' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Quota of stu' });
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    await dialog.getByRole('combobox', { name: 'Limits' }).press('Enter');
    await page.getByRole('option', { name: 'Their own' }).press('Enter');
    await dialog.getByLabel('Machines').fill('5');
    await dialog.getByLabel('Memory').fill('a lot');
    // What is no size is not taken for one that was left empty.
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    expect(await dialog.getByLabel('Memory').evaluate((field) => field === document.activeElement)).toBe(true);
    await dialog.getByLabel('Memory').fill('');
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await card.getByText('Machines: 3 of 5 · vCPUs: 3 of 4 · Memory: 3 GiB · Disks: 12 GiB of 40 GiB').waitFor();
    expect(await overflows(page)).toBe(false);
    await page.context().close();
    const { page: olgas } = await preview.open('lan=on&user=operator /machines/new');
    await olgas.getByText('Left of your quota: Machines: 4 · Memory: 4 GiB · Disks: 170 GiB').waitFor();
    expect(complaints).toEqual([]);
    await olgas.context().close();
  });
});

describe('an installer’s disc', () => {
  it('that was taken out is said with the reason, and comes back; it can be kept in from the start', async () => {
    const { page, complaints } = await preview.open('/machines/default/git/disks');
    const note = page.getByRole('status').filter({ hasText: 'The installer’s disc was taken out' });
    await note.getByText('Because the disk root was written').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await note.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.getByText('The disc is in install again').first().waitFor();
    await note.waitFor({ state: 'detached' });
    await page.goto(page.url().replace(/#.*/, '#/machines/new'));
    const keep = page.getByRole('checkbox', { name: 'Eject the installer’s disc when it is done' });
    await page.getByRole('radio', { name: 'Debian 13 installer' }).press('Space');
    expect(await keep.isChecked()).toBe(true);
    await keep.press('Space');
    expect(await keep.isChecked()).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
