import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page, Response } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth } from '../../support/hearth.ts';
import { axeInBothThemes } from '../../e2e/support/lab.ts';

// `hearth serve --lan` as people of other computers meet it: real TLS, a browser each, nothing put into the pages but keys.
const data = temporaryDataDir();
const words = { ada: 'four wet shoes sing', olga: 'eleven grey larches', stu: 'a drum full of peas' };
const complaints: string[] = [];
/** Said by the browser itself where somebody is refused, or is signed out while a page is open. */
const expected =
  /^(Failed to load resource: the server responded with a status of (401|403|429)|WebSocket connection to )/;
let hearth: Hearth;
let browser: Browser;
let ada: Page;
let olga: Page;
let stu: Page;

beforeAll(async () => {
  const args = ['--lan', '--port', '0', '--host', '127.0.0.1'];
  [hearth, browser] = await Promise.all([startHearth(data.path, { args }), launchBrowser()]);
  [ada, olga, stu] = [await another(), await another(), await another()];
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await hearth?.stop();
  data.remove();
}, 60_000);

const large = { width: 1280, height: 800 };
/** Somebody else's browser. */
async function another(): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: large, reducedMotion: 'reduce', colorScheme: 'dark' }); // prettier-ignore
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
  });
  return context.newPage();
}
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
const pathOf = (page: Page): string => page.url().slice(hearth.origin.length);
const go = (page: Page, route: string) => page.goto(`${hearth.origin}/#${route}`);
/** One after the other, as a person does it: what is in a field is replaced, and the last one is sent. */
async function type(page: Page, ...texts: string[]): Promise<void> {
  // A page, or a dialog, puts the keyboard where one begins.
  await page.locator(':is(input, [role=combobox]):focus').waitFor();
  for (const [n, text] of texts.entries()) {
    if (n > 0) await page.keyboard.press('Tab');
    if (text === '') continue;
    await page.keyboard.press('Control+a');
    await page.keyboard.type(text);
  }
}
/** Sends the form that the keyboard is in; the next one has it then. */
async function send(page: Page): Promise<Response> {
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  const shown = page.waitForEvent('domcontentloaded');
  await page.keyboard.press('Enter');
  await shown;
  return answer;
}
async function signIn(page: Page, name: string, password: string): Promise<void> {
  await heading(page, 'Sign in to Hearth');
  await type(page, name, password);
  expect((await send(page)).status()).toBe(303);
}
/** Nothing for axe in either theme; nothing wider than a small window, nor than a usual one at 200 %. */
async function isSound(page: Page, what: string): Promise<void> {
  const found = await axeInBothThemes(page);
  for (const size of [{ width: 900, height: 600 }, { width: 640, height: 400 }]) {
    await page.setViewportSize(size);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('html, main, [role=dialog], [role=alertdialog]')]
        .filter((each) => each.scrollWidth > each.clientWidth)
        .map((each) => `${each.tagName} is ${each.scrollWidth} wide`),
    );
    found.push(...wide.map((each) => `${size.width}: ${each}`));
  }
  await page.setViewportSize(large);
  expect([what, ...found]).toEqual([what]);
} // prettier-ignore

it('the code of the terminal makes the first admin, by keyboard alone', async () => {
  await ada.goto(hearth.origin);
  await heading(ada, 'The first admin of this Hearth');
  await isSound(ada, 'set-up');
  await type(ada, 'AAAA-BBBB-CCCC-DDDD', 'Ada', words.ada, words.ada);
  expect((await send(ada)).status()).toBe(403);
  await ada.getByText('This code is not good').waitFor();
  // The address that the terminal shows has the code in it.
  await ada.goto(String(hearth.ready['setup']));
  await type(ada, 'Ada', 'password123', 'password123');
  expect((await send(ada)).status()).toBe(403);
  await ada.getByText('This password would be guessed').waitFor();
  await isSound(ada, 'set-up, refused');
  // Only the password has to be typed again, and the keyboard is there.
  await type(ada, words.ada, words.ada);
  expect((await send(ada)).status()).toBe(303);
  // A new Hearth: whoever may set it up is led there, as on the computer itself.
  await ada.waitForURL(`${hearth.origin}/#/setup`);
});

it('the admin adds an operator and a student, by keyboard alone', async () => {
  await go(ada, '/settings/people');
  await ada.getByText('Signed in as Ada: Admin.').waitFor();
  const groups = String(hearth.ready['fingerprint']).match(/.{4}/g)?.join(' ') ?? 'none';
  await ada.getByText(groups).waitFor();
  await isSound(ada, 'people of an admin');
  const add = ada.getByRole('button', { name: 'Add somebody' });
  const dialog = ada.getByRole('dialog');
  await add.press('Enter');
  await dialog.waitFor();
  await type(ada, '<olga>', '', 'short');
  await dialog.getByText('Letters, digits').waitFor();
  await isSound(ada, 'somebody new, refused');
  await ada.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await add.press('Enter');
  await dialog.waitFor();
  await type(ada, 'olga', '');
  await ada.keyboard.press('Enter');
  await ada.getByRole('option', { name: /^Student/ }).waitFor();
  await ada.keyboard.press('ArrowUp');
  await ada.keyboard.press('Enter');
  await ada.getByRole('option').first().waitFor({ state: 'hidden' });
  await type(ada, '', words.olga);
  await ada.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await ada.getByRole('combobox', { name: 'Role of olga' }).getByText('Operator').waitFor();
  await add.press('Enter');
  await dialog.waitFor();
  await type(ada, 'stu', '', words.stu);
  await ada.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await ada.getByRole('combobox', { name: 'Role of stu' }).waitFor();
  expect(await ada.getByRole('combobox', { name: 'Role of stu' }).innerText()).toContain('Student');
});

it('signing out leads to the sign-in page; who guesses waits, and then comes in', async () => {
  await ada.getByRole('button', { name: 'Sign out', exact: true }).press('Enter');
  await heading(ada, 'Sign in to Hearth');
  await ada.getByText('You are signed out.').waitFor();
  expect(pathOf(ada)).toBe('/sign-in');
  await isSound(ada, 'sign-in');
  await type(ada, 'Ada', 'not this one');
  let answer = await send(ada);
  await ada.getByText('Name or password is not right').waitFor();
  for (let tries = 1; answer.status() === 403; tries += 1) {
    expect(tries).toBeLessThan(15);
    await type(ada, `guess number ${tries}`);
    answer = await send(ada);
  }
  expect(answer.status()).toBe(429);
  await ada.getByText('Too many tries').waitFor();
  const over = Date.now() + 1000 * Number(answer.headers()['retry-after']);
  await isSound(ada, 'sign-in, waiting');
  await ada.waitForTimeout(Math.max(0, over - Date.now()));
  await type(ada, words.ada);
  expect((await send(ada)).status()).toBe(303);
  await go(ada, '/settings/people');
  await ada.getByRole('combobox', { name: 'Role of stu' }).waitFor();
});

it('a student looks, and what is not theirs says so or is not there', async () => {
  await stu.goto(hearth.origin);
  await signIn(stu, 'stu', words.stu);
  await heading(stu, 'Home');
  const places = stu.getByRole('navigation', { name: 'Main' }).getByRole('link');
  await stu.getByRole('link', { name: 'Signed in as stu' }).waitFor();
  expect(await places.filter({ hasText: /^(Appliance|Boxes)$/ }).count()).toBe(0);
  expect(await places.filter({ hasText: /^(Machines|Labs)/ }).count()).toBe(2);
  const reason = 'You are a student here, and this takes an operator.';
  const create = stu.getByRole('button', { name: `Create a machine (${reason}` });
  await create.first().press('Enter');
  expect(pathOf(stu)).not.toContain('machines');
  await go(stu, '/boxes');
  await heading(stu, 'This page is not for your role');
  await stu.getByText(reason).first().waitFor();
  await isSound(stu, 'a page that is not for students');
  await go(stu, '/settings');
  await stu.getByText('Signed in as stu: Student.').waitFor();
  const sections = stu.getByRole('navigation', { name: 'Sections' }).getByRole('link');
  expect(await sections.allInnerTexts()).toEqual(['People', 'About']);
  expect(await stu.getByRole('button', { name: 'Add somebody' }).count()).toBe(0);
  await stu.keyboard.press('Control+k');
  await stu.getByRole('combobox').fill('settings');
  await stu.getByRole('option', { name: /people, passwords/ }).waitFor();
  expect(await stu.getByRole('option', { name: /kubeconfig|log$|support/ }).count()).toBe(0);
  await stu.keyboard.press('Escape');
  await go(stu, '/networks');
  await stu.getByText('You can look here, not change anything').waitFor();
  await stu
    .getByRole('button', { name: `Create network (${reason}` })
    .first()
    .waitFor();
  await isSound(stu, 'a page of a student');
});

it('an operator makes machines, and looks at what an admin does', async () => {
  await olga.goto(hearth.origin);
  await signIn(olga, 'olga', words.olga);
  await heading(olga, 'Home');
  await go(olga, '/networks');
  await olga.getByRole('button', { name: 'Create network', exact: true }).first().waitFor();
  await go(olga, '/boxes');
  await heading(olga, 'Boxes');
  const reason = 'You are an operator here, and this takes an admin.';
  await olga
    .getByRole('button', { name: `Create a stick (${reason}` })
    .first()
    .waitFor();
  expect(await olga.getByRole('button', { name: 'Search every address' }).count()).toBe(0);
  await isSound(olga, 'boxes of an operator');
  await go(olga, '/settings/people');
  await olga.getByText('Signed in as olga: Operator.').waitFor();
  expect(await olga.getByRole('button', { name: 'Add somebody' }).count()).toBe(0);
});

it('a session that is over leads to the sign-in page, and back to the page one was on', async () => {
  await ada.getByText('in 1 browser now').nth(2).waitFor();
  await ada.getByRole('button', { name: 'More for stu' }).press('Enter');
  await ada.getByRole('menuitem', { name: 'Sign out everywhere' }).press('Enter');
  await ada.getByText('stu is signed out').first().waitFor();
  await heading(stu, 'Sign in to Hearth');
  await stu.getByText('You are signed out.').waitFor();
  expect(pathOf(stu)).toBe('/sign-in#/networks');
  await type(stu, 'stu', 'wrong at first');
  expect((await send(stu)).status()).toBe(403);
  await type(stu, words.stu);
  expect((await send(stu)).status()).toBe(303);
  await heading(stu, 'Networks');
  expect(pathOf(stu)).toBe('/#/networks');
});

it('another role counts in the page that is open; one’s own password is changed there', async () => {
  await ada.getByRole('combobox', { name: 'Role of stu' }).press('Enter');
  await ada.getByRole('option', { name: /^Operator/ }).press('Enter');
  await stu.getByRole('button', { name: 'Create network', exact: true }).first().waitFor();
  await go(stu, '/settings/people');
  await stu.getByRole('button', { name: 'Change the password' }).press('Enter');
  await stu.getByLabel('Current password').fill('this is not it');
  await stu.getByLabel('New password', { exact: true }).fill('nine slow yellow trams');
  await stu.getByLabel('New password again').fill('nine slow yellow trams');
  await stu.keyboard.press('Enter');
  await stu.getByText('This is not your password.').waitFor();
  await isSound(stu, 'another password, refused');
  await stu.getByLabel('Current password').fill(words.stu);
  await stu.keyboard.press('Enter');
  await stu.getByText('Your other browsers are signed out.').first().waitFor();
  expect(pathOf(stu)).toBe('/#/settings/people');
});

it('who is removed is out at once; the history names who did it', async () => {
  await ada.getByRole('button', { name: 'More for olga' }).press('Enter');
  await ada.getByRole('menuitem', { name: 'Remove' }).press('Enter');
  await ada.getByText('olga is removed').waitFor();
  await heading(olga, 'Sign in to Hearth');
  await ada.getByRole('button', { name: 'Undo' }).press('Enter');
  await ada.getByText('olga is back').waitFor();
  await isSound(ada, 'somebody who was had back');
  await ada.getByRole('button', { name: 'More for olga' }).press('Enter');
  await ada.getByRole('menuitem', { name: 'Remove' }).press('Enter');
  await ada.getByText('olga is removed').waitFor();
  await type(olga, 'olga', words.olga);
  expect((await send(olga)).status()).toBe(403);
  await ada.getByRole('button', { name: 'More for stu' }).press('Enter');
  await ada.getByRole('menuitem', { name: 'Set another password' }).press('Enter');
  await ada.getByLabel('New password').waitFor();
  await isSound(ada, 'another password for somebody');
  await ada.keyboard.press('Escape');
  await go(ada, '/activity/history');
  await ada.getByText('Remove a user').first().waitFor();
  await ada.getByText('Ada, admin, in a browser at 127.0.0.1').first().waitFor();
  expect(complaints).toEqual([]);
});
