import { describe, expect, it } from 'vitest';
import { axe } from '../support/screenshots.ts';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';

const pages = previewPages();

describe('the help of the app', () => {
  it('has all guides, and one leads to its parts by click and by keyboard', async () => {
    const { page, complaints } = await pages.open('/help');
    await heading(page, 'Help').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await page.getByRole('main').getByRole('link').count()).toBeGreaterThan(15);
    await page.getByRole('link', { name: 'Working with machines' }).click();
    await heading(page, 'Working with machines').waitFor();
    const part = page.getByRole('heading', { level: 2, name: 'Break it' });
    await part.waitFor();
    expect(await page.getByRole('article').getAttribute('lang')).toBe('en');
    expect(await axe(page)).toEqual([]);
    const contents = page.getByRole('navigation', { name: 'On this page' });
    await contents.getByRole('link', { name: 'Break it' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => part.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => part.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(200);
    await expect.poll(() => new URL(page.url()).hash).toBe('#/help/machines/break-it');
    // A link in the text goes on inside the app, to a part of another guide.
    await page.getByRole('article').getByRole('link', { name: 'Backup and restore' }).click();
    await heading(page, 'Backup and restore').waitFor();
    expect(complaints).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.context().close();
  });

  it('is one step from a page, at the part that is about it, and not offered on itself', async () => {
    const { page, complaints } = await pages.open('/networks');
    await heading(page, 'Networks').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Help on this page' }).click();
    await heading(page, 'Working with machines').waitFor();
    const part = page.getByRole('heading', { level: 2, name: 'Networks' });
    await expect.poll(() => part.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByRole('link', { name: 'Help on this page' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([
    '/', 'scenario=first-run /setup', 'own=choosing /setup-box', 'own=ready /this-box', '/machines', '/machines/new', '/machines/import',
    '/machines/wall', '/machines/default/web', '/console/default/web', '/images', '/storage', '/networks', '/templates', '/templates/new',
    '/manifests', '/labs', '/labs/first-vm', 'run=running /labs/first-vm', '/labs/-/new', '/labs/-/class', '/recordings', '/appliance',
    'appliance=running /appliance', '/targets', '/boxes', '/boxes/stick', '/activity', '/settings',
  ])('is offered on %s', async (address) => {
    const { page } = await pages.open(address);
    const link = page.getByRole('link', { name: 'Help on this page' });
    await link.waitFor();
    expect(await link.count()).toBe(1);
    await page.context().close();
  }); // prettier-ignore

  it('is found by the palette, and the longest of all is drawn', async () => {
    const { page, complaints } = await pages.open('/');
    await heading(page, 'Home').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('help messages');
    await expect.poll(() => page.getByRole('option').first().innerText()).toContain('Help: Messages');
    await page.keyboard.press('Enter');
    await heading(page, 'Messages').waitFor();
    await page.getByRole('heading', { level: 2, name: 'Known troubles of an appliance' }).waitFor();
    expect(await page.getByRole('article').getByRole('row').count()).toBeGreaterThan(400);
    expect(complaints).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.context().close();
  });

  it('is searched by its words', async () => {
    const { page } = await pages.open('/help');
    await page.getByRole('textbox', { name: 'Search the guides' }).fill('cordoned');
    await page
      .getByRole('status')
      .filter({ hasText: /^\d+ places?$/ })
      .waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Troubleshooting: The node takes no machines now' }).click();
    const part = page.getByRole('heading', { level: 3, name: 'The node takes no machines now' });
    await expect.poll(() => part.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.goBack();
    await page.getByRole('textbox', { name: 'Search the guides' }).fill('xyzzy');
    await page.getByText('Nothing found').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it('says so where there is no such guide', async () => {
    const { page } = await pages.open('/help/nothing');
    await heading(page, 'There is no such guide').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'All guides' }).click();
    await heading(page, 'Help').waitFor();
    await page.context().close();
  });

  it('keeps its language where the window has another one', async () => {
    const { page } = await pages.open('/');
    await page.evaluate(() => localStorage.setItem('hearth.language', 'de'));
    await page.goto('about:blank');
    await page.goto(`${pages.url}#/help/first-vm`);
    const title = heading(page, 'Your first virtual machine');
    await title.waitFor();
    expect(await title.getAttribute('lang')).toBe('en');
    await page.getByRole('link', { name: 'Hilfe' }).first().waitFor();
    await page.context().close();
  });
});
