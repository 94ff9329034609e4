import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

const pages = previewPages();
const pictures = process.env['HEARTH_PICTURES'];

/** Kept for who looks at them, where a folder is named. */
async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
  }
}

test('places with how their runs went; points are shown when they are asked for, and restored', async () => {
  const { page, complaints } = await pages.open('/backups');
  await heading(page, 'Backups').waitFor();
  await page.getByText('All machines of Quick lab').waitFor();
  await page.getByText(/The backup of .* failed/).waitFor();
  expect(await page.getByText('The machine has to be off').count()).toBe(1);
  const nas = page.getByRole('region', { name: 'NAS' });
  await picture(page, 'places');
  await nas.getByRole('button', { name: 'Show what lies there' }).click();
  await nas.getByRole('grid').getByText('web').first().waitFor();
  await picture(page, 'points');
  await nas.getByRole('button', { name: /^Restore web as of/ }).first().click(); // prettier-ignore
  const dialog = page.getByRole('dialog', { name: 'Restore web' });
  await dialog.waitFor();
  await picture(page, 'restore');
  // The old one is there: another name is offered, and its own is refused.
  expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('web-restored');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('web');
  await dialog.getByText('There is a machine of that name already').first().waitFor();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('again');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByText('again is being restored').waitFor();
  await page.setViewportSize({ width: 900, height: 600 });
  await picture(page, 'small');
  expect(await axe(page)).toEqual([]);
  expect(await overflows(page)).toBe(false);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the first place: what is missing is said, a wrong password is told, the password is typed twice', async () => {
  const { page, complaints } = await pages.open('scenario=empty /backups');
  await page.getByText('Nothing is backed up yet').waitFor();
  await page.getByRole('button', { name: 'Add a place' }).click();
  const dialog = page.getByRole('dialog', { name: 'A place for backups' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('NAS');
  await dialog.getByRole('textbox', { name: 'Folder' }).fill('/mnt/nas/hearth');
  await dialog.getByLabel('Password of the backups').fill('wrong password');
  await dialog.getByLabel('The same again').fill('something else');
  await dialog.getByRole('button', { name: 'Add place' }).hover();
  await page.getByText('The two passwords are different').waitFor();
  await dialog.getByLabel('The same again').fill('wrong password');
  await dialog.getByRole('button', { name: 'Add place' }).click();
  await dialog.getByText('This is not the password of the backups').waitFor();
  await picture(page, 'wrong-password');
  await dialog.getByLabel('Password of the backups').fill('a good password');
  await dialog.getByLabel('The same again').fill('a good password');
  await dialog.getByRole('button', { name: 'Add place' }).click();
  await page.getByRole('region', { name: 'NAS' }).waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the setup begins with it: place and password, what is found, and the way back with its progress', async () => {
  const { page, complaints } = await pages.open('scenario=first-run /setup');
  await page.getByRole('button', { name: 'Restore from a backup' }).waitFor();
  await picture(page, 'setup');
  await page.getByRole('button', { name: 'Restore from a backup' }).click();
  await heading(page, 'Where are the backups?').waitFor();
  const other = page.getByText('Another place');
  if ((await other.count()) > 0) await other.click();
  await page.getByRole('textbox', { name: 'Folder' }).fill('/mnt/nas/hearth');
  await page.getByLabel('Password of the backups').fill('a good password');
  await picture(page, 'setup-place');
  await page.getByRole('button', { name: 'Look' }).click();
  await heading(page, 'What shall come back?').waitFor();
  await page.getByRole('checkbox', { name: /^database/ }).click();
  await picture(page, 'setup-choose');
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await heading(page, 'Machines come back').waitFor();
  await page.getByText('Restore web').waitFor();
  await page.getByText('Restore mail').waitFor();
  await picture(page, 'setup-progress');
  expect(await page.getByText('Restore database').count()).toBe(0);
  await heading(page, 'That is all').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Go to the machines' }).click();
  await heading(page, 'Machines').waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});
