import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../../main/backend/screen-text/picture.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { LabDemo } from '../../../main/contract/labs/demo.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { shows, taskDone } from '../../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../../e2e/support/lab.ts';
import { hearthCommand } from '../../support/labs/cli.ts';
import { until } from '../../support/operations/lab.ts';

// A shipped lab plays its first steps on a real guest, is steered from the page, and all of it is recorded and played again.

const name = 'first-vm';
const web = { namespace: `lab-${name}`, name: 'web' };
/** A guest that starts in software on a busy computer. */
const bootMs = 240_000;
let lab: Lab;
let api: Api;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  await taskDone(api, (await api.labs.start({ lab: name })).taskId);
  page = await lab.open(`/labs/${name}`);
  page.setDefaultTimeout(60_000);
}, 240_000);
afterAll(() => lab?.end(), 60_000);

const button = (called: string | RegExp, within: Page | Locator = page): Locator => within.getByRole('button', { name: called, exact: typeof called === 'string' }); // prettier-ignore
const heading = (called: string | RegExp): Locator => page.getByRole('heading', { level: 2, name: called });
const bar = (): Locator => page.getByRole('region', { name: 'Demonstration' });
const check = (id: string, state: string): Locator => page.locator(`[data-check=${id}][data-state=${state}]`);
const demo = (fits: (demo: LabDemo | undefined) => boolean = () => true): Promise<LabDemo | undefined> => until(api.labs.demo({ lab: name }), fits); // prettier-ignore
const run = (fits: (run: LabRun | undefined) => boolean = () => true): Promise<LabRun | undefined> => until(api.labs.run({ lab: name }), fits); // prettier-ignore
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the serial console says while somebody listens, from now on. */
async function listen() {
  const pipe = await api.consoles.serial(web);
  let text = '';
  void (async () => {
    for await (const part of pipe.readable) text += new TextDecoder().decode(part);
  })().catch(() => undefined); // the machine may go meanwhile
  await rest(500);
  return { said: () => text, close: () => pipe.close() };
}

/** Pixels of a text cursor: it blinks, whatever else stands still. */
const cursor = 32;
/** How many pixels differ. */
async function difference(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all([one, other].map((png) => decodePicture(Buffer.from(png, 'base64'))));
  if (!a || !b || a.width !== b.width || a.height !== b.height) return Infinity;
  return a.colours.reduce((sum, colour, at) => sum + (colour === b.colours[at] ? 0 : 1), 0);
}

describe('a lab that plays itself on a real guest', { timeout: 400_000 }, () => {
  it('is recorded and begun on the page; its words are the paragraphs of the step', async () => {
    await heading('Switch it on').waitFor({ timeout: bootMs });
    await button('Record').press('Enter');
    await button('Stop recording').waitFor();
    await button('More for this lab').press('Enter');
    await page.getByRole('menuitem', { name: 'Play it as a demonstration' }).press('Enter');
    await bar()
      .getByText(/^A virtual machine is a computer made of software: .* run services on them\.$/)
      .waitFor();
    await bar().getByText('Step 1 of 4 · Reading').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('stands while it is paused, in every window, also at another pace', async () => {
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('Space');
    await button('Resume', bar()).waitFor();
    await api.labs.paceDemo({ lab: name, pace: 10 });
    const before = await demo(({ pace } = {} as LabDemo) => pace === 10);
    expect(before).toMatchObject({ state: 'paused', doing: 'reading', step: 0, paragraph: { n: 1 } });
    await rest(3000); // a paragraph takes a second and a half at that pace
    expect(await demo()).toEqual(before);
    expect(await run()).toMatchObject({ step: 0, machines: [{ running: false }] });
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('goes on: switches the machine on, waits for its checks, and opens the next step', async () => {
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('Space');
    await button('Pause', bar()).waitFor();
    expect(await demo((now) => now?.doing === 'doing' && now.shows !== undefined)).toMatchObject({
      shows: { machine: 'web', view: 'serial' },
    });
    await api.labs.paceDemo({ lab: name, pace: 1 }); // what comes next is read slowly
    await shows(page, /login: *$/, bootMs);
    await heading('Log in and leave a note').waitFor({ timeout: bootMs });
    expect(await run((now) => now?.step === 1)).toMatchObject({ steps: [{ state: 'passed' }, {}, {}, {}] });
  });

  it('types the solution so that people can read along, and stands between two keys', async () => {
    const serial = await listen();
    // The last words before it types stand for some seconds.
    await api.labs.paceDemo({ lab: name, pace: 10 });
    await demo((now) => now?.step === 1 && now.paragraph.n > 1 && now.paragraph.n >= now.paragraph.of - 1);
    await api.labs.paceDemo({ lab: name, pace: 2 });
    await demo((now) => now?.step === 1 && now.paragraph.n === now.paragraph.of);
    await api.labs.paceDemo({ lab: name, pace: 0.25 });
    await expect.poll(serial.said, { timeout: 60_000, interval: 20 }).toMatch(/login: l\w*$/);
    await api.labs.steerDemo({ lab: name, command: 'pause' });
    await rest(600); // the key that was down, and its echo
    const typed = serial.said();
    await rest(2500);
    expect(serial.said()).toBe(typed);
    expect(typed).toMatch(/login: le?a?r?n?e?r?$/);
    serial.close();
    await button('Resume', bar()).press('Enter');
    await api.labs.paceDemo({ lab: name, pace: 4 });
    await shows(page, /echo I was here > note\.txt/);
    await heading('Serve a page of your own').waitFor({ timeout: bootMs });
    await api.labs.paceDemo({ lab: name, pace: 1 });
    expect(await run((now) => now?.steps[2]?.state === 'open')).toMatchObject({
      step: 2,
      steps: [{}, { state: 'passed' }, {}, {}],
    });
  });

  it('goes a step back: what was typed is undone, and it is played once more', async () => {
    await demo((now) => now?.step === 2 && now.doing === 'reading');
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('ArrowLeft');
    await heading('Log in and leave a note').waitFor({ timeout: bootMs });
    const back = await run((now) => now?.state === 'running' && now.step === 1 && now.steps[1]?.state === 'open');
    expect(back?.steps[2]?.state).toBe('closed');
    expect(await demo((now) => now?.step === 1 && now.doing === 'reading')).toMatchObject({ state: 'playing' });
    await api.labs.steerDemo({ lab: name, command: 'pause' });
    await check('note', 'failed').waitFor({ timeout: bootMs });
    await api.labs.paceDemo({ lab: name, pace: 10 });
    await api.labs.steerDemo({ lab: name, command: 'go-on' });
    await demo((now) => now?.step === 1 && now.doing === 'doing');
    await api.labs.paceDemo({ lab: name, pace: 2 });
    await demo((now) => now?.step === 2 && now.doing === 'reading');
    await api.labs.steerDemo({ lab: name, command: 'pause' });
    await heading('Serve a page of your own').waitFor({ timeout: bootMs });
  });
});

describe('its recording', () => {
  let shot = '';
  const title = /^first-vm 20/;
  const rows = async (): Promise<RecordingRow[]> => {
    for await (const update of api.recordings.watch({})) if (update.type === 'snapshot') return update.items;
    return [];
  };
  const time = (): Promise<string> => page.getByRole('slider', { name: 'Time' }).getAttribute('aria-valuetext').then(String); // prettier-ignore
  const canvas = (): Promise<string> =>
    page
      .getByRole('img', { name: 'Screen of web as it was' })
      .evaluate((element) => (element as HTMLCanvasElement).toDataURL('image/png').split(',')[1] ?? '');

  it('ends by a press, with whoever took over by a click into the console', async () => {
    shot = (await api.consoles.screenshot(web)).png;
    const recording = (await rows()).find(({ state }) => state === 'recording');
    expect(recording).toMatchObject({ lab: name, machines: [web] });
    await api.recordings.mark({ name: recording?.name ?? '', text: 'As it looks now' });
    await page.getByRole('region', { name: 'Serial console of web' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take over from the demonstration?' });
    await button('Take over', dialog).press('Enter');
    await bar().waitFor({ state: 'detached' });
    expect(await demo()).toBeUndefined();
    expect(await run()).toMatchObject({
      state: 'running',
      step: 2,
      steps: [{}, { state: 'passed' }, { state: 'open' }, {}],
    });
    // The lab is the person's now.
    await button('Write the page for me').press('Enter');
    await check('hello', 'passed').waitFor({ timeout: 60_000 });
    await button('Stop recording').press('Enter');
    await button('Watch').press('Enter');
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  });

  it('shows at t what the screenshot at t showed', async () => {
    await button(/As it looks now/).press('Enter');
    await expect.poll(async () => difference(await canvas(), shot), { timeout: 30_000 }).toBeLessThanOrEqual(cursor);
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('has the moments of the lab, plays, and is gone through by keyboard', async () => {
    for (const moment of [
      '1. Switch it on',
      'Passed: Switch it on',
      '2. Log in and leave a note',
      'Back to "Log in and leave a note"',
      '3. Serve a page of your own',
    ])
      // prettier-ignore
      await button(new RegExp(moment)).first().waitFor();
    const slider = page.getByRole('slider', { name: 'Time' });
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(time, { timeout: 20_000 }).toMatch(/^0:00 of /);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowRight');
    await expect.poll(time, { timeout: 20_000 }).toMatch(/^0:35 of /);
    await page.keyboard.press('Space');
    await button('Pause').waitFor();
    await expect.poll(time, { timeout: 20_000 }).toMatch(/^0:(3[7-9]|4\d) of /);
    await page.keyboard.press('Space');
    await button('Play').waitFor();
    await button(/3\. Serve a page of your own/)
      .last()
      .press('Enter');
    await shows(page, /echo I was here > note\.txt/);
    await page.keyboard.press('End');
  });

  it('is handed on as asciicast, with all that the console said', async () => {
    await button('Export').press('Enter');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Serial console of web (asciicast)' }).press('Enter'),
    ]);
    expect(download.suggestedFilename()).toMatch(/^first-vm 20.* web\.cast$/);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
    const [header, ...events] = lines.map((line) => JSON.parse(line) as unknown);
    expect(header).toMatchObject({ version: 2, width: 80, height: 24 });
    const all = events as [number, string, string][];
    expect(all.every(([at], index) => at >= (all[index - 1]?.[0] ?? 0))).toBe(true);
    expect(new Set(all.map(([, code]) => code))).toEqual(new Set(['o', 'm']));
    const said = all.filter(([, code]) => code === 'o').map(([, , text]) => text).join(''); // prettier-ignore
    expect(said).toMatch(/loading Linux[^]*login: learner[^]*echo I was here > note\.txt/);
  });

  it('is deleted without a question, and had back by Undo', async () => {
    const [{ name: called } = { name: '' }] = await rows();
    const remove = async (): Promise<void> => {
      await button(`More for ${called}`).press('Enter');
      await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
      await page.getByText('Nothing is recorded yet').waitFor();
    };
    const files = async () => (await readdir(join(lab.dataDir, 'recordings'), { withFileTypes: true })).filter((each) => each.isFile() && each.name.endsWith('.hearthrec')).length; // prettier-ignore
    const before = await files();
    await remove();
    await button('Undo').first().press('Enter');
    await button(`More for ${called}`).waitFor();
    expect([before, await files()]).toEqual([1, 1]);
    await remove();
    expect(await files()).toBe(0);
    expect(await axeInBothThemes(page)).toEqual([]);
  });
});

it('is played to its end from a terminal', { timeout: 400_000 }, async () => {
  const { code, out, err } = await hearthCommand(['lab', 'demo', name, '--pace', '10', '--data-dir', lab.dataDir], { limit: 380_000 }); // prettier-ignore
  expect(err).toMatch(/^Hearth runs on this data: it does the work\.\n((?!hearth:)[^]*\n)?$/);
  expect(out).toMatch(/^3\/4 Serve a page of your own\n {4}Most machines [^]*\n4\/4 Restart it, and see what stays\n[^]*\nThe demonstration is over\n$/); // prettier-ignore
  expect(code).toBe(0);
  expect(await run()).toMatchObject({ state: 'finished' });
});
