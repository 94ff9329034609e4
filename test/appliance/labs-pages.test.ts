import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// The pages of labs on the in-memory backend: every state of the library and of a run, by keyboard too.
const preview = previewPages();
const longLab = '/labs/a-lab-with-a-name-that-goes-on-and-on-and-on-forever';
const steps = (page: Page) => page.getByRole('navigation', { name: 'Steps' });
const check = (page: Page, id: string, state: string) => page.locator(`[data-check=${id}][data-state=${state}]`);
const pane = (page: Page) => page.getByRole('region', { name: 'Instructions' });

describe('every state of labs', () => {
  it.each([
    ['/labs', 'Labs', 'Deployments are not served here.'],
    ['labs=none /labs', 'Labs', 'No labs'],
    ['scenario=errors /labs', 'Labs', 'broken-lab: The file is not right'],
    ['/labs/networks', 'Two networks and a router', '384 MiB of 5.2 GiB free'],
    ['/labs/isolation', 'Isolation compared', 'Hardware virtualization is missing.'],
    ['labs=short /labs/networks', 'Two networks and a router', 'Not enough memory'],
    ['labs=busy /labs/networks', 'Two networks and a router', 'My lab is running.'],
    ['run=finished /labs/networks', 'Two networks and a router', 'Your first VM is finished'],
    ['/labs/nobody', 'nobody', 'No such lab'],
    ['run=starting /labs/first-vm', 'Your first VM', 'Make the machines'],
    ['run=running /labs/first-vm', 'Your first VM', 'Its page says Hello'],
    ['run=solved /labs/first-vm', 'Your first VM', '10 of 10 points'],
    ['run=trouble /labs/first-vm', 'Your first VM', 'It could not be looked at: web does not run'],
    ['run=failed /labs/first-vm', 'Your first VM', 'An image is not the one it should be'],
    ['run=rewinding /labs/first-vm', 'Your first VM', 'Put the disks back'],
    ['run=ending /labs/first-vm', 'Your first VM', 'Stop the machines'],
    ['run=finished /labs/first-vm', 'Your first VM', '18 of 30'],
    ['run=three /labs/networks', 'Two networks and a router', 'left reaches right'],
    [`run=long ${longLab}`, /^The pneumono/, 'Step 7 of 14'],
    ['run=running&demo=playing /labs/first-vm', 'Your first VM', 'Step 1 of 4 · Reading'],
    [
      'run=running&demo=paused /labs/first-vm',
      'Your first VM',
      'A virtual machine is a computer that another computer plays',
    ],
    ['run=running&demo=checking /labs/first-vm', 'Your first VM', 'Waiting for the checks'],
    ['run=running&demo=stopped /labs/first-vm', 'Your first VM', 'Go on by hand, or try again from here.'],
    ['run=finished&demo=over /labs/first-vm', 'Your first VM', 'The demonstration is over'],
    ['run=running&demo=long /labs/first-vm', 'Your first VM', 'Pneumonoultramicroscopicsilicovolcanoconiosis'],
    ['/recordings', 'Recordings', 'Networks, the whole lab'],
    ['scenario=empty /recordings', 'Recordings', 'Nothing is recorded yet'],
    ['/recordings/web%202026-11-22%2010-58-03', 'web 2026-11-22 10-58-03', 'The interesting part'],
    ['/recordings/from%20a%20stick', 'from a stick', 'Take it from where it came from again.'],
    ['/recordings/nobody', 'nobody', 'There is no such recording'],
    ['/labs/-/new', 'Create lab', 'Nothing is wrong with it.'],
    ['/labs/broken-lab/file', 'File of broken-lab', 'hostPath is not allowed'],
    ['/labs/first-vm/file', 'File of Your first VM', 'This one is only to be read.'],
  ])('%s is accessible and quiet, at 200 % too', async (address, title, words) => {
    const { page, complaints } = await preview.open(address, { width: 900, height: 600 });
    await heading(page, title).waitFor();
    await page.getByText(words).filter({ visible: true }).first().waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('the library', () => {
  it('is searched and filtered, and goes to what was looked for', async () => {
    const { page } = await preview.open('/labs');
    await heading(page, 'Labs').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('router');
    await page.getByRole('link', { name: 'Your first VM' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Two networks and a router' }).press('Enter');
    await heading(page, 'Two networks and a router').waitFor();
    await expect
      .poll(() => heading(page, 'Two networks and a router').evaluate((h) => h === document.activeElement))
      .toBe(true);
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    // One that misses something says so on the button.
    await page.goto(page.url().replace(/#.*/, '#/labs/containers'));
    await page.getByRole('button', { name: /^Start \(Deployments are not served here/ }).waitFor();
    await page.context().close();
  });

  it('takes a lab from somebody else only after it was looked at', async () => {
    const { page, complaints } = await preview.open('/labs');
    await page.getByRole('button', { name: 'Import' }).press('Enter');
    const dialog = page.getByRole('dialog');
    const path = dialog.getByLabel('Or a file of the computer that runs Hearth');
    await path.fill('/nowhere/x.yaml');
    await path.press('Enter');
    await dialog.getByText('There is no such file').waitFor();
    await path.fill('/home/ada/lab.yaml');
    await path.press('Enter');
    await dialog.getByText('Import A shared lab?').waitFor();
    await dialog.getByText('VirtualMachine', { exact: false }).first().waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Import lab' }).press('Enter');
    await heading(page, 'A shared lab').waitFor();
    // Again: it would take the place of the one that is there.
    await page.goto(page.url().replace(/#.*/, '#/labs'));
    await page.getByRole('button', { name: 'Import' }).press('Enter');
    await page.locator('input[type=file]').setInputFiles({ name: 'lab.yaml', mimeType: 'text/yaml', buffer: Buffer.from('metadata:\n  name: shared-lab\n  title: A shared lab\nobjects:\n  - hostPath: /etc\n') }); // prettier-ignore
    await dialog.getByText('It takes the place of A shared lab').waitFor();
    await dialog.getByText('Line 5').waitFor();
    await dialog.getByRole('button', { name: /^Import and replace \(Its file has an error/ }).waitFor();
    // Neither a lab file nor a pack.
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Import' }).press('Enter');
    await page.locator('input[type=file]').setInputFiles({ name: 'a.hearthlab', mimeType: 'application/octet-stream', buffer: Buffer.from([80, 75, 0, 4]) }); // prettier-ignore
    await dialog.getByText('This is neither a lab file nor a pack.').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a run', () => {
  it('goes by keyboard alone from the start over checks, a hint and a skip to its result and its end', async () => {
    const { page, complaints } = await preview.open('/labs/first-vm');
    await page.getByRole('button', { name: 'Start', exact: true }).press('Enter');
    await page.getByText('Wait until they run').waitFor();
    await page.getByRole('heading', { level: 2, name: 'Look at it' }).waitFor();
    await check(page, 'booted', 'failed').waitFor();
    const next = page.getByRole('button', { name: /^Next step/ });
    expect(await next.getAttribute('aria-disabled')).toBe('true');
    // The console at its side takes the keyboard only when it is asked to.
    await page.locator('.xterm-rows').getByText('login:').waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest('.xterm'))).toBeNull();
    // Typed for the learner: a check passes, and that is said.
    await page.getByRole('button', { name: 'Type it for me' }).press('Enter');
    await check(page, 'booted', 'passed').waitFor();
    await page.getByRole('status').getByText('Passed: web has started').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: /^Show a hint \(costs 2 points\)/ }).press('Enter');
    await page.getByText('Hint 1 of 1').waitFor();
    await page.getByRole('button', { name: 'Type it for me' }).press('Enter');
    await pane(page).getByText('8 of 10 points').waitFor();
    expect(await axe(page)).toEqual([]);
    await next.press('Enter');
    // The keyboard is at the heading of what comes next.
    const second = page.getByRole('heading', { level: 2, name: 'Serve a page' });
    await second.waitFor();
    await expect.poll(() => second.evaluate((h) => h === document.activeElement)).toBe(true);
    // "Do it for me" solves it; one that fails says why.
    await page.getByRole('button', { name: 'Look at the page' }).press('Enter');
    await pane(page).getByText('Stop what uses port 80.').waitFor();
    await page.getByRole('button', { name: 'Write the page' }).press('Enter');
    await check(page, 'says', 'passed').waitFor();
    await next.press('Enter');
    await page.getByRole('heading', { level: 2, name: 'Switch it off and on' }).waitFor();
    await page.getByRole('button', { name: 'Skip' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Skip step' }).press('Enter');
    await page.getByRole('heading', { level: 2, name: 'What you have seen' }).waitFor();
    await page.getByRole('button', { name: 'Finish' }).press('Enter');
    await page.getByRole('heading', { level: 2, name: 'Your first VM is done' }).waitFor();
    await page.getByRole('definition').getByText('18 of 30').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('region', { name: 'Result' }).getByRole('button', { name: 'End lab' }).press('Enter');
    await page.getByRole('dialog').getByText('Nothing else is touched.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'End lab' }).press('Enter');
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('plays itself: steered by keys, and by a key in a console it asks who goes on', async () => {
    const { page, complaints } = await preview.open('run=running&demo=playing /labs/first-vm');
    const bar = page.getByRole('region', { name: 'Demonstration' });
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('Space');
    await bar.getByRole('button', { name: 'Resume' }).waitFor();
    await bar.getByRole('combobox', { name: 'Pace' }).press('ArrowDown');
    await page.getByRole('option', { name: '2 ×' }).press('Enter');
    await bar.getByText('2 ×').waitFor();
    await bar.getByRole('button', { name: 'Resume' }).waitFor(); // another pace does not end a pause
    await page.keyboard.press('Escape');
    const dialog = page.getByRole('dialog', { name: 'Take over from the demonstration?' });
    await dialog.waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.xterm-screen').click();
    await dialog.getByRole('button', { name: 'Take over' }).press('Enter');
    await bar.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('goes back to a step, and says before what is lost', async () => {
    const { page } = await preview.open('run=solved /labs/first-vm');
    await steps(page)
      .getByRole('button', { name: /Look at it ?, done/ })
      .press('Enter');
    await page.getByText('You read step 1 again').waitFor();
    // What is over is only read.
    await page.getByRole('button', { name: /^Type it for me \(Only while its step is open/ }).waitFor();
    await page.getByRole('button', { name: 'Go back to here' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('the results of 2 steps: Look at it, Serve a page').waitFor();
    await dialog.getByText('20 points').waitFor();
    await dialog.getByText('Programs go on where they were then.').waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Go back to step 1' }).press('Enter');
    await page.getByRole('heading', { name: 'Going back' }).waitFor();
    await page.getByText('Step 1 of 4').waitFor();
    await check(page, 'booted', 'failed').waitFor();
    // Where nothing was kept, the menu says why.
    await page.goto(page.url().replace(/\?run=solved/, '?run=trouble'));
    await page.getByRole('button', { name: 'More for this lab' }).press('Enter');
    await page.getByText('The disk of web was full when this step began.').waitFor();
    await page.context().close();
  });

  it('keeps the keyboard at the hints when the last one takes its button away', async () => {
    const { page } = await preview.open('run=three /labs/networks');
    const hints = page.getByRole('region', { name: 'Hints' });
    const more = hints.getByRole('button', { name: /^Show (a|another) hint/ });
    await more.press('Enter');
    await hints.getByText('Hint 1 of').waitFor();
    for (let n = 2; (await more.count()) > 0; n += 1) {
      await more.press('Enter');
      await hints.getByText(`Hint ${n} of`).waitFor();
    }
    await expect.poll(() => hints.evaluate((region) => region === document.activeElement)).toBe(true);
    await page.context().close();
  });

  it('that is finished is ended where it is in the way of the next one', async () => {
    const { page } = await preview.open('run=finished /labs/networks');
    await page.getByRole('button', { name: /^Start \(Your first VM is finished/ }).waitFor();
    await page.getByRole('button', { name: 'End it' }).press('Enter');
    await page.getByRole('dialog').getByText('Your result is kept.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'End lab' }).press('Enter');
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'End it' }).count()).toBe(0);
    await page.context().close();
  });

  it('has a splitter that is moved by keys and by the mouse, and stays where it was left', async () => {
    const { page } = await preview.open('run=three /labs/networks');
    const splitter = page.getByRole('separator', { name: 'Width of the instructions' });
    const now = async (): Promise<number> => Number(await splitter.getAttribute('aria-valuenow'));
    const before = await now();
    await splitter.press('ArrowRight');
    expect(await now()).toBe(before + 2);
    await splitter.press('Home');
    expect(await now()).toBe(Number(await splitter.getAttribute('aria-valuemin')));
    const box = (await splitter.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const moved = await now();
    expect(moved).toBeGreaterThan(before - 10);
    expect((await pane(page).boundingBox())!.width).toBeGreaterThan(400);
    await page.reload();
    await splitter.waitFor();
    expect(await now()).toBe(moved);
    await page.context().close();
  });

  it('shows a console for each machine, and goes to the one that is typed into', async () => {
    const { page } = await preview.open('run=three /labs/networks');
    const tab = (name: string) => page.getByRole('tab', { name: new RegExp(name) });
    expect(await tab('left').getAttribute('aria-selected')).toBe('true');
    await tab('left').press('ArrowRight');
    await page.getByRole('region', { name: 'Serial console of right' }).waitFor();
    // F6 leads from the instructions to the console's side and back.
    await page.getByRole('button', { name: 'Type it into left' }).focus();
    await page.keyboard.press('F6');
    await expect.poll(() => tab('right').evaluate((each) => each === document.activeElement)).toBe(true);
    await page.keyboard.press('F6');
    expect(await page.evaluate(() => document.activeElement?.closest('[data-pane=steps]') !== null)).toBe(true);
    await page.getByRole('button', { name: 'Type it into left' }).press('Enter');
    await page.getByRole('region', { name: 'Serial console of left' }).waitFor();
    expect(await tab('left').getAttribute('aria-selected')).toBe('true');
    await page.context().close();
  });

  it('stays to be read while Hearth does not answer, and its clock stands still', async () => {
    const { page } = await preview.open('run=running /labs/first-vm');
    await check(page, 'answers', 'passed').waitFor();
    await page.evaluate(() => dispatchEvent(new Event('hearth-drop')));
    await page.getByText(/^as of /).waitFor();
    const timer = page.getByRole('timer');
    const text = await timer.innerText();
    await page.waitForTimeout(1_500);
    expect(await timer.innerText()).toBe(text);
    await page.getByRole('heading', { level: 2, name: 'Serve a page' }).waitFor();
    await page.context().close();
  });
});
