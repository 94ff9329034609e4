import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tooOften, wrongCode, wrongSignIn } from '../../main/backend/access/problems.ts';
import { refuseWeak } from '../../main/backend/access/password.ts';
import { registerBoxSignIn } from '../../main/backend/carrier/box-sign-in.ts';
import type { BrowserDoor } from '../../main/backend/carrier/box-sign-in.ts';
import { registerLanSignIn } from '../../main/backend/carrier/lan-sign-in.ts';
import { notBuiltPage, signedOutPage, slowDownPage, wrongCodePage } from '../../main/backend/carrier/pages.ts';
import { sendPage } from '../../main/backend/carrier/served.ts';
import { wordsFor } from '../../main/backend/carrier/words.ts';
import { pageHeaders } from '../../main/contract/page-headers.ts';
import { launchBrowser } from '../support/browser.ts';
import { axe } from '../support/screenshots.ts';

// The pages before the pages, in every language, under their own policy: forms as they are sent, doors that refuse.
const languages = ['en', 'de', 'es', 'fr', 'ja', 'zh'];
let [open, box]: [boolean, ReturnType<BrowserDoor['how']>] = [false, 'account'];
const servers: FastifyInstance[] = [];
let browser: Browser;
let [lanAt, boxAt] = ['', ''];

async function listen(register: (app: FastifyInstance) => void): Promise<string> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  servers.push(app);
  await app.register(fastifyCookie);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(pageHeaders);
  });
  register(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}
beforeAll(async () => {
  let tries = 0;
  lanAt = await listen((app) => {
    registerLanSignIn(app, {
      cookies: { session: 's', device: 'd' },
      signedIn: () => false,
      door: {
        open: () => open,
        enter: async () => {
          tries += 1;
          throw tries % 2 === 1 ? wrongSignIn() : tooOften(30);
        },
        setUp: async ({ code, name, password }) => {
          if (code !== 'GOOD') throw wrongCode();
          refuseWeak(password, name);
          throw new Error('The disk is full.');
        },
      },
    });
    for (const [path, page] of Object.entries({
      '/out': signedOutPage,
      '/used': wrongCodePage,
      '/slow': slowDownPage,
      '/unbuilt': notBuiltPage,
    }))
      // prettier-ignore
      app.get(path, async (request, reply) => sendPage(reply, 401, page(wordsFor(request))));
  });
  boxAt = await listen((app) =>
    registerBoxSignIn(app, {
      cookie: 's',
      signedIn: () => false,
      browsers: { how: () => box, enter: () => Promise.reject(wrongCode()) },
    }),
  );
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((each) => each.close()));
});

/** Sound in both themes and in the system's colours, and at 200 % of a small window; its words. */
async function look(page: Page, language: string): Promise<string> {
  expect(await page.evaluate(() => [document.documentElement.lang, document.scripts.length])).toEqual([language, 0]);
  // Colours do not depend on the language.
  const medias = [{ colorScheme: 'dark' }, { colorScheme: 'light' }, { colorScheme: 'dark', forcedColors: 'active' }] as const;
  for (const media of medias.slice(0, language === 'en' ? 3 : 1)) {
    await page.emulateMedia({ forcedColors: 'none', ...media });
    expect([language, page.url(), await axe(page)]).toEqual([language, page.url(), []]);
  }
  await page.setViewportSize({ width: 320, height: 400 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await page.setViewportSize({ width: 900, height: 600 });
  // What is typed and run is the same in all languages.
  return page.evaluate(() => [...document.querySelectorAll('h1, main p:not(.brand), label, button, .button')].filter((each) => each.textContent !== each.querySelector('code')?.textContent).map((each) => each.textContent).join('\n'));
} // prettier-ignore
const send = async (page: Page, ...typed: string[]): Promise<void> => {
  const inputs = await page.locator('input').all();
  for (const [n, text] of typed.entries()) await inputs[n]?.fill(text);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
};

const seen = new Map<string, string[]>();
describe.each(languages)('in %s', (language) => {
  it('forms, refusals and pages without a form are sound', { timeout: 120_000 }, async () => {
    const context = await browser.newContext({ locale: language, viewport: { width: 900, height: 600 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !/status of [345]/.test(message.text()) && complaints.push(message.text())); // prettier-ignore
    const texts: string[] = [];
    const seeing = async () => texts.push(...(await look(page, language)).split('\n'));
    open = false;
    await page.goto(`${lanAt}/sign-in`);
    await seeing();
    for (let n = 0; n < 2; n += 1) {
      await send(page, 'ada', 'guess');
      await page.getByRole('alert').waitFor();
      await seeing();
    }
    open = true;
    await page.goto(`${lanAt}/setup?code=GOOD`);
    await seeing();
    await send(page, 'GOOD', 'ada', 'password123', 'password123');
    await seeing();
    await send(page, 'GOOD', 'ada', 'nine slow trams', 'another thing');
    await seeing();
    // What nobody has words for stays English, and says so.
    await send(page, 'GOOD', 'ada', 'nine slow yellow trams', 'nine slow yellow trams');
    expect(await page.locator('[role=alert] span[lang=en]').allTextContents()).toContain('The disk is full.');
    for (const how of ['account', 'code', 'closed', { wait: 400_000 }, { wait: 20_000 }] as const) {
      box = how;
      await page.goto(`${boxAt}/sign-in`);
      await seeing();
    }
    for (const path of ['out', 'used', 'slow', 'unbuilt']) {
      await page.goto(`${lanAt}/${path}`);
      await seeing();
    }
    expect(complaints).toEqual([]);
    expect(texts.length).toBeGreaterThan(40);
    seen.set(language, texts);
    const english = seen.get('en') ?? [];
    // Two words that are the same in German or French.
    if (language !== 'en') expect(texts.filter((text) => english.includes(text) && !['Code', 'Name'].includes(text))).toEqual([]); // prettier-ignore
    await context.close();
  });
});
