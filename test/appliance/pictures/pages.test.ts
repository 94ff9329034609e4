import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../../support/pictures/list.ts';
import type { Picture } from '../../support/pictures/list.ts';
import { differenceOf, smaller } from '../../support/pictures/png.ts';
import { stillPicture, stillWindow } from '../../support/pictures/still.ts';
import { previewPages } from '../../support/preview/pages.ts';

// Every page beside its kept picture, and how far it moves by itself while it loads. `HEARTH_PICTURES=write` keeps what is seen.
const preview = previewPages();
const root = join(import.meta.dirname, '../../..');
const kept = join(root, 'docs/pictures/pages');
const results = join(root, 'test-results/pictures');
const writing = process.env['HEARTH_PICTURES'] === 'write';
/** Part of the pixels that may differ: another version of the browser smooths letters in another way. */
const tolerance = 0.003;
/** The browser's own measure: what part of the window moved how far, summed up. */
const shiftLimit = 0.02;

const looks = [
  { suffix: 'dark', scheme: 'dark', width: 1280, height: 800 },
  { suffix: 'light', scheme: 'light', width: 1280, height: 800 },
  { suffix: 'small', scheme: 'dark', width: 900, height: 600 },
] as const;

async function press(page: Page, name: string): Promise<void> {
  if (name.startsWith('key:')) return page.keyboard.press(name.slice(4));
  const begins = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`);
  const roles = (['button', 'menuitem', 'tab'] as const).map((role) => page.getByRole(role, { name: begins }));
  const any = roles.reduce((all, each) => all.or(each));
  await any.filter({ visible: true }).first().click();
}

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await stillPicture(page);
}

function compare(name: string, seen: Buffer): string | undefined {
  const file = join(kept, `${name}.png`);
  if (writing) {
    // A picture that is still right is left alone, so that a commit shows what changed.
    if (!existsSync(file) || differenceOf(readFileSync(file), seen).part > tolerance / 10) writeFileSync(file, smaller(seen)); // prettier-ignore
    return undefined;
  }
  if (!existsSync(file)) return `${name}.png is not kept in docs/pictures/pages: HEARTH_PICTURES=write keeps it`;
  const { part, picture } = differenceOf(readFileSync(file), seen);
  if (part <= tolerance) return undefined;
  writeFileSync(join(results, `${name}-seen.png`), seen);
  if (picture) writeFileSync(join(results, `${name}-differs.png`), picture);
  return `${name}.png: ${(part * 100).toFixed(2)} % of the pixels differ; see test-results/pictures/${name}-differs.png`;
}

async function look(picture: Picture): Promise<{ differ: string[]; shift: number; told: string[] }> {
  const context = await stillWindow(preview.browser);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const [route = '/', query = ''] = picture.at.split(' ').toReversed();
    await page.goto(`${preview.url}?latency=150&${query}#${route}`);
    await settled(page);
    const { sum: shift, told } = await page.evaluate(
      () => globalThis.hearthShift ?? { sum: 1, told: ['not measured'] },
    );
    for (const name of picture.press ?? []) await press(page, name);
    // A pointer left where it pressed would light up what it stands on.
    await page.mouse.move(0, 0);
    const differ: string[] = [];
    for (const { suffix, scheme, width, height } of looks) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      const told = compare(`${picture.name}-${suffix}`, await stillPicture(page));
      if (told !== undefined) differ.push(told);
    }
    return { differ, shift, told };
  } finally {
    await context.close();
  }
}

beforeAll(() => {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  mkdirSync(kept, { recursive: true });
});

describe('the list', () => {
  const routes = ['routes.tsx', 'app.tsx'].flatMap((file) =>
    [...readFileSync(join(root, 'renderer/app', file), 'utf8').matchAll(/<Route path="([^"]+)"/g)].map(([, path = '']) => path),
  ); // prettier-ignore
  const literal = (pattern: string): string =>
    pattern.replaceAll(/\/:\w+\?/g, '(/[^/]+)?').replaceAll(/:\w+/g, '[^/]+');
  const first = (path: string): string | undefined =>
    routes.find((each) => new RegExp(`^${literal(each)}$`).test(path));

  it('has a picture of every route', () => {
    expect(routes.length).toBeGreaterThan(20);
    const seen = new Set(pictures.map(({ at }) => first(at.split(' ').at(-1) ?? '')));
    expect(routes.filter((each) => !seen.has(each))).toEqual([]);
  });
  it('has all kept pictures, each once', () => {
    const names = pictures.flatMap(({ name }) => looks.map(({ suffix }) => `${name}-${suffix}.png`));
    expect(new Set(names).size).toBe(names.length);
    expect(readdirSync(kept).filter((each) => !names.includes(each))).toEqual([]);
  });
});

describe('pages', { timeout: 120_000 }, () => {
  it.each(pictures.map((picture) => [picture.name, picture] as const))('%s looks as it did', async (_name, picture) => {
    const { differ, shift, told } = await look(picture);
    expect(differ).toEqual([]);
    expect(shift < shiftLimit ? [] : [`moved ${shift.toFixed(3)}`, ...told]).toEqual([]);
  });
});
