import { describe, expect, test } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

const pages = previewPages();

describe('the teacher', () => {
  test('opens a class and sees address and code', async () => {
    const { page, complaints } = await pages.open('/labs/-/class');
    await page.getByLabel('Name of the class').fill('Networks');
    await page.getByLabel('Your name', { exact: true }).fill('Ms Byron');
    await page.getByRole('button', { name: 'Open the class' }).click();
    await heading(page, 'Networks').waitFor();
    const wayIn = page.getByRole('region', { name: 'How others join' });
    expect(await wayIn.textContent()).toContain('4071 8253');
    expect(await wayIn.textContent()).toContain('192.168.1.20');
    await page.getByText('Nobody is here yet').waitFor();
    await page.getByRole('button', { name: 'End the class' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the class' }).click();
    await heading(page, 'Class').waitFor();
    expect(complaints).toEqual([]);
  });

  test('sees thirty seats, who wants help first, and answers', async () => {
    const { page, complaints } = await pages.open('class=thirty /labs/-/class');
    await heading(page, 'Networks, 10 b').waitFor();
    const cards = page.locator('main li').filter({ has: page.getByRole('heading', { level: 3 }) });
    expect(await cards.count()).toBe(30);
    expect(await cards.first().textContent()).toContain('Nothing answers on port 80');
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('switch', { name: /Only those who want help/ }).click();
    const wanting = await cards.count();
    expect(wanting).toBeLessThan(6);
    await cards.first().getByRole('button', { name: 'I am coming' }).click();
    await page.getByText('(you are coming)').first().waitFor();
    await cards.first().getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => cards.count()).toBe(wanting - 1);
    expect(complaints).toEqual([]);
  });

  test('opens one seat, sends it back to a step, takes a console and removes it', async () => {
    const { page, complaints } = await pages.open('class=some /labs/-/class');
    await page.getByRole('link', { name: 'Çağla Öztürk' }).click();
    await heading(page, 'Çağla Öztürk').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Back to the beginning of a step' }).click();
    await page.getByRole('option', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Send back' }).click();
    await page.getByText('Asked: Log in. No answer yet.').waitFor();
    await page.getByLabel('Message').fill('Look at the firewall');
    await page.locator('form').getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => page.getByLabel('Message').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Take the serial console' }).first().click();
    const console = page.getByRole('region', { name: 'Console of web' }).first();
    await console.getByText('web login:').first().waitFor();
    await page.getByRole('button', { name: 'Give it back' }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await heading(page, 'Networks, 10 b').waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Çağla Öztürk' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('a seat', () => {
  test('joins by the code; another one is told at its field', async () => {
    const { page, complaints } = await pages.open('/labs/-/class');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Code').fill('1234 5678');
    await dialog.getByLabel('Your name, as the class shows it').fill('Ada');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await dialog.getByText('Not the code of the class.').first().waitFor();
    await dialog.getByLabel('Code').fill('4071 8253');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You are Ada in Networks, 10 b').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('sees in the runner who looks, asks for help, and leaves', async () => {
    const { page, complaints } = await pages.open('run=running&seat=here /labs/first-vm');
    const bar = page.getByRole('region', { name: 'Class' });
    await bar.getByText('Ms Byron sees your lab’s screens').waitFor();
    await bar.getByRole('button', { name: 'Help me' }).click();
    await page.getByLabel('What is the matter?').fill('No address');
    await page.getByRole('button', { name: 'Ask for help' }).click();
    await bar.getByText('You asked for help').waitFor();
    await bar.getByRole('button', { name: 'No help needed' }).click();
    await bar.getByRole('button', { name: 'Help me' }).waitFor();
    await bar.getByRole('button', { name: 'Leave the class' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave the class' }).click();
    await bar.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('is told on every page who has its console, on one that fills the screen too', async () => {
    const { page, complaints } = await pages.open('machines=4&seat=taken /');
    const bar = page.getByRole('region', { name: 'Class' });
    for (const route of ['/', '/machines', '/settings', '/labs', '/labs/-/class', '/console/default/web']) {
      await page.evaluate((to) => (location.hash = to), route);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await bar.getByText('Ms Byron has taken over web').first().waitFor();
      expect([route, await bar.count()]).toEqual([route, 1]);
    }
    await page.getByRole('button', { name: /full screen/i }).click();
    // Not below the console: a click would not reach it.
    await bar.getByRole('button', { name: 'Take it back' }).click();
    await bar.getByText('Ms Byron sees your lab’s screens').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('is told who has its console, and takes it back; a question waits for an answer', async () => {
    const taken = await pages.open('run=running&seat=taken /labs/first-vm');
    const bar = taken.page.getByRole('region', { name: 'Class' });
    await bar.getByText('Ms Byron has taken over web').first().waitFor();
    await bar.getByRole('button', { name: 'Take it back' }).click();
    await expect.poll(() => bar.getByRole('button', { name: 'Take it back' }).count()).toBe(0);
    const { page } = await pages.open('run=running&seat=asked /labs/first-vm');
    const question = page.getByRole('group', { name: 'Question of the teacher' });
    await question.getByText('go back to the beginning of "Log in"').waitFor();
    await question.getByRole('button', { name: 'No' }).click();
    await question.getByText('sends you the lab "A shared lab"').waitFor();
    expect(await axe(page)).toEqual([]);
  });
});
