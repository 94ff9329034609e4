import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { languageSchema } from '../../main/contract/settings.ts';
import type { Language } from '../../main/contract/settings.ts';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// The pages in the languages they are written in: German has the longest words, Japanese other letters and no spaces.
const preview = previewPages();
const words = (language: Language, area: string): Record<string, string> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../assets/locales', language, `${area}.json`), 'utf8')) as Record<string, string>; // prettier-ignore
const title = (language: Language, area: string, key = 'title'): string => words(language, area)[key] ?? 'no such text';

const pages = [
  ['/', 'home'], ['/machines', 'machines'], ['/machines/new', 'create'], ['/images', 'images'], ['/storage', 'storage'], ['/networks', 'networks'],
  ['pods=some /networks/map', 'networks'], ['/backups', 'backups'], ['pods=some /containers', 'containers'],
  ['/templates', 'templates'], ['/labs', 'labs'], ['/recordings', 'recordings'], ['/targets', 'targets'], ['boxes=found /boxes', 'boxes'],
  ['/boxes/stick', 'box-stick'], ['/activity', 'activity'], ['/settings', 'settings'], ['/settings/host', 'settings'], ['/settings/access', 'settings'],
] as const; // prettier-ignore

describe.each(['de', 'ja'] as const)('in %s', (language) => {
  it.each(pages)('%s is accessible, quiet and whole at 200 %', async (address, area) => {
    const [route = '/', query = ''] = address.split(' ').toReversed();
    const { page, complaints } = await preview.open(`language=${language}&${query} ${route}`, { width: 900, height: 600 }); // prettier-ignore
    await page.locator(`html[lang=${language}]`).waitFor();
    await heading(page, title(language, area)).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a language', () => {
  it.each(languageSchema.options)('%s is that of the computer, and counts by its own rules', async (language) => {
    const context = await preview.browser.newContext({ locale: language });
    const page = await context.newPage();
    await page.goto(`${preview.url}#/machines`);
    await heading(page, title(language, 'machines')).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    await context.close();
  });

  it('is chosen by keyboard, stays after a reload, and is left again', async () => {
    const { page, complaints } = await preview.open('/settings');
    await heading(page, 'Settings').waitFor();
    const choose = async (now: Language, next: string): Promise<void> => {
      await page.getByRole('combobox', { name: title(now, 'settings', 'language') }).press('Enter');
      await page.getByRole('option', { name: next }).press('Enter');
    };
    await choose('en', 'Français');
    await heading(page, title('fr', 'settings')).waitFor();
    await page.reload();
    await heading(page, title('fr', 'settings')).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    await choose('fr', 'English');
    await heading(page, 'Settings').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is offered before anything else is asked', async () => {
    const { page } = await preview.open('scenario=first-run&language=es /setup');
    await heading(page, title('es', 'setup', 'host.title')).waitFor();
    expect(await page.getByRole('combobox', { name: title('es', 'settings', 'language') }).innerText()).toBe('Español');
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});
