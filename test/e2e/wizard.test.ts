import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axeInBothThemes, Lab } from './support/lab.ts';
import { logIn, shows, tabTo, typeLine } from './support/guest.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start({ starter: 'packages' });
}, 180_000);
afterAll(() => lab?.end(), 60_000);

const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const press = async (name: string | RegExp): Promise<void> => {
  await tabTo(page, button(name));
  await page.keyboard.press('Enter');
};

describe('first run', () => {
  it('leads by keyboard alone from an empty data folder to a shell in the guest; a reload in each step keeps the place', async () => {
    page = await lab.context.newPage();
    await page.goto(lab.hearth.url);

    await heading('What this computer can do').waitFor();
    // The sentence with the figures of the trial that ran here.
    const evidence = page.locator('[data-failure-class]');
    await evidence.waitFor({ timeout: 60_000 });
    expect(await evidence.innerText()).toMatch(/(passed|stopped|hung|started)[^]*\d+ ms/);
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.reload();
    await heading('What this computer can do').waitFor();
    await evidence.waitFor({ timeout: 60_000 });
    await press('Next');

    await heading('Where shall your machines run?').waitFor();
    expect(await page.getByRole('radio', { name: 'Quick lab' }).isChecked()).toBe(true);
    await page.getByRole('radio', { name: 'A box from a USB stick' }).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.reload();
    await heading('Where shall your machines run?').waitFor();
    await press('Next');

    await heading('Choose a first image').waitFor();
    expect(await page.getByRole('radio', { name: 'Hearth starter' }).isChecked()).toBe(true);
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.reload();
    await heading('Choose a first image').waitFor();
    await press('Build it');
    await page.getByText('Build the starter image').waitFor();
    await page.reload(); // while it is being built
    // It goes on by itself, unless the reload came before the page knew the task's name: then one press does.
    await heading('Your first machine').or(button('Next')).waitFor({ timeout: 120_000 });
    if (await button('Next').isVisible()) await press('Next');
    await heading('Your first machine').waitFor();

    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('lab-one');
    await tabTo(page, page.getByRole('textbox', { name: 'User' }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('grace');
    await page.reload();
    await heading('Your first machine').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('lab-one');
    expect(await page.getByRole('textbox', { name: 'User' }).inputValue()).toBe('grace');
    const secret = await page.getByRole('textbox', { name: 'Password' }).inputValue();
    expect(secret).toMatch(/^\w{3}-\w{3}-\w{3}$/);
    expect(await axeInBothThemes(page)).toEqual([]);
    await press('Create and start');

    await heading(/lab-one is (starting|running)/).waitFor({ timeout: 60_000 });
    await page.reload();
    await page.waitForURL(/#\/machines\/default\/lab-one\/console$/, { timeout: 120_000 });

    await page.getByText(`Log in as grace with the password ${secret}`).waitFor();
    // The console has the keyboard; Control and Alt together give it back.
    const serial = button('Serial');
    await page.getByRole('application').locator('canvas').waitFor({ timeout: 60_000 });
    await page.keyboard.press('Control+Alt');
    await tabTo(page, serial);
    await page.keyboard.press('Enter');
    await logIn(page, 'grace', secret);
    await typeLine(page, 'echo $((6*7))-$(hostname)-$(id -un)');
    expect(await shows(page, /42-lab-one-grace/)).toBe('42-lab-one-grace');
    // Where machines run by software, the navigation says so on every page.
    const { accelerator } = await (await lab.api()).host.report({});
    const badge = page.getByRole('button', { name: /^Where machines run: Quick lab/ });
    expect(await badge.textContent()).toContain(
      accelerator.chosen === 'tcg' ? 'Software mode' : accelerator.chosen.toUpperCase(),
    );
    await page.goto(`${lab.hearth.origin}/#/networks`);
    await heading('Networks').waitFor();
    expect(await badge.textContent()).toContain(
      accelerator.chosen === 'tcg' ? 'Software mode' : accelerator.chosen.toUpperCase(),
    );
  });

  it('can be run again from the palette, by mouse, for a second machine of the same image', async () => {
    await page.goto(`${lab.hearth.origin}/#/`);
    await heading('Home').waitFor();
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('combobox').fill('setup');
    await page.getByRole('option', { name: 'Run the setup again' }).click();
    await heading('What this computer can do').waitFor();
    await button('Next').click();
    await heading('Where shall your machines run?').waitFor();
    await button('Next').click();
    await page.getByText('Hearth starter is ready.').waitFor();
    await button('Next').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('lab-one');
    await page.getByText('There is a machine of this name already.').first().waitFor(); // prettier-ignore
    await page.getByRole('textbox', { name: 'Name' }).fill('lab-two');
    const secret = await page.getByRole('textbox', { name: 'Password' }).inputValue();
    await button('Create and start').click();
    await page.waitForURL(/#\/machines\/default\/lab-two\/console$/, { timeout: 120_000 });
    await button('Serial').click();
    await page.getByRole('region', { name: 'Serial console of lab-two' }).click();
    await logIn(page, 'hearth', secret);
    await typeLine(page, 'echo $((6*7))-$(hostname)');
    expect(await shows(page, /42-lab-two/)).toBe('42-lab-two');
  });
});
