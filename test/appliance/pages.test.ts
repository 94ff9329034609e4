import { describe, expect, it } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// Every page on the in-memory backend, under the policy the real page has: accessible, no console error, nothing blocked.
const preview = previewPages();
const open = (...from: Parameters<typeof preview.open>) => preview.open(...from);

describe('every page', () => {
  it.each([
    ['/', 'Home'],
    ['scenario=empty /', 'Home'],
    ['scenario=errors /', 'Home'],
    ['/activity', 'Activity'],
    ['/activity/events', 'Activity'],
    ['/settings', 'Settings'],
    ['/settings/host', 'Settings'],
    ['accelerator=software /settings/host', 'Settings'],
    ['scenario=errors /settings/host', 'Settings'],
    ['/settings/machines', 'Settings'],
    ['/settings/access', 'Settings'],
    ['/settings/log', 'Settings'],
    ['/settings/about', 'Settings'],
    ['/no/such/page/at/all', 'There is no such page'],
    ['scenario=first-run /setup', 'What this computer can do'],
  ])('%s is accessible and quiet', async (address, title) => {
    const { page, complaints } = await open(address);
    await heading(page, title).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('first run', () => {
  it('leads by keyboard from the host check to the console, and survives a reload in the middle', async () => {
    const { page, complaints } = await open('scenario=first-run&accelerator=software /');
    await heading(page, 'What this computer can do').waitFor();
    await page.getByText('KVM stopped at SYSCALL after 96 ms').first().waitFor();
    await page.getByRole('button', { name: 'Next' }).press('Enter');
    await heading(page, 'Where shall your machines run?').waitFor();
    await page.reload();
    await heading(page, 'Where shall your machines run?').waitFor();
    await page.getByRole('button', { name: 'Next' }).press('Enter');
    await page.getByRole('radio', { name: 'Hearth starter' }).waitFor();
    await page.getByRole('button', { name: 'Build it' }).press('Enter');
    await heading(page, 'Your first machine').waitFor({ timeout: 20_000 });

    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('Not A Name');
    expect(await page.getByRole('button', { name: /Create and start/ }).getAttribute('aria-disabled')).toBe('true');
    await name.fill('first');
    const password = await page.getByRole('textbox', { name: 'Password' }).inputValue();
    expect(password).toMatch(/^\w{3}-\w{3}-\w{3}$/);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create and start' }).press('Enter');

    await page.waitForURL(/#\/machines\/default\/first\/console$/, { timeout: 20_000 });
    await page.getByText(password).first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('shell', () => {
  it('finds a machine with Ctrl+K and gives the heading the focus', async () => {
    const { page, complaints } = await open('/');
    await page.getByText('Quick lab').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('monorepo');
    await page
      .getByRole('option', { name: /continuous-integration/ })
      .first()
      .waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await heading(page, /continuous-integration/).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    expect(await page.title()).toContain('continuous-integration');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps the content and says so when the backend goes', async () => {
    const { page } = await open('/');
    await page.getByRole('link', { name: 'db', exact: true }).waitFor();
    await page.evaluate(() => dispatchEvent(new Event('hearth-drop')));
    await page.getByText(/Hearth stopped answering/).waitFor();
    expect(await page.getByRole('link', { name: 'db', exact: true }).isVisible()).toBe(true);
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it('switches the theme from the settings', async () => {
    const { page } = await open('/settings');
    await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole('radio', { name: 'Light' }).check({ force: true });
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'light');
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(dark);
    await page.context().close();
  });
});

describe('serial console', () => {
  it('draws any colour and marks what was searched for, within the page’s policy', async () => {
    const { page, complaints } = await open('/');
    await page.evaluate(() => localStorage.setItem('hearth.console.view', '"serial"'));
    await page.getByRole('link', { name: 'db', exact: true }).click();
    await page.getByRole('tab', { name: 'Console' }).click();
    const lime = page.locator('.xterm-rows span', { hasText: /^lime$/ });
    await lime.waitFor();
    expect(await lime.evaluate((span) => getComputedStyle(span).color)).toBe('rgb(10, 200, 30)');
    await page.getByRole('button', { name: 'Search in the scrollback' }).click();
    await page.keyboard.type('login');
    await page.getByText('1 of 1').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('5,000 machines', () => {
  it('are a fixed number of elements, and all can be reached', async () => {
    const { page } = await open('machines=5000 /machines', { width: 1440, height: 900 });
    const grid = page.getByRole('grid');
    await grid.getByRole('row').nth(3).waitFor();
    const count = (): Promise<number> => page.evaluate(() => document.querySelectorAll('*').length);
    expect(await count()).toBeLessThanOrEqual(1500);
    await grid.hover();
    for (let times = 0; times < 10; times += 1) {
      await page.mouse.wheel(0, 5000);
      expect(await count()).toBeLessThanOrEqual(1500);
    }
    await grid.focus();
    await page.keyboard.press('End');
    await page.locator('[role=row][aria-rowindex="5001"]').waitFor();
    expect(await count()).toBeLessThanOrEqual(1500);
    await page.context().close();
  });
});
