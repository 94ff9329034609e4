import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// The page of machines that other programs describe, and the form that is filled in from one, on the in-memory backend.
const preview = previewPages();
const title = 'A machine of another program';
const pictures = process.env['HEARTH_PICTURES'];

/** Kept for who looks at them, where a folder is named. */
async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
async function pasted(page: Page, text: string): Promise<void> {
  await heading(page, title).waitFor();
  await page.getByLabel('Or paste its text').fill(text);
  await page.getByRole('button', { name: 'Check the text' }).press('Enter');
}

describe('machines of other programs', () => {
  it.each([
    ['dark', 1280, 800],
    ['light', 900, 600],
  ] as const)('are accessible before and after the look, in a %s theme', async (colorScheme, width, height) => {
    const { page, complaints } = await preview.open('/machines/other', { width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await heading(page, title).waitFor();
    expect(await axe(page)).toEqual([]);
    await picture(page, `choose-${colorScheme}`);
    await pasted(page, 'config.version = "8"');
    await page.getByText('Web server (old), as it is described').waitFor();
    await page.locator('summary', { hasText: 'Show the manifest' }).press('Enter');
    await page.getByText('kind: VirtualMachine').waitFor();
    expect(await axe(page)).toEqual([]);
    await picture(page, `described-${colorScheme}`);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lead into the form with everything filled in, and name what the library does not have', async () => {
    const { page, complaints } = await preview.open('/machines/import');
    await heading(page, 'Import a machine').waitFor();
    await page.getByRole('link', { name: 'Machine of another program…' }).press('Enter');
    await pasted(page, 'config.version = "8"');
    await page.getByText('1 disk is not in the library').waitFor();
    await page.getByText('In the library as debian-12').waitFor();
    // Who adds the disk first, and comes back, need not begin anew.
    await page.getByRole('link', { name: 'To the images' }).press('Enter');
    await heading(page, 'Images').waitFor();
    await page.goBack();
    await page.getByText('1 disk is not in the library').waitFor();
    await page.getByRole('button', { name: 'Check again' }).press('Enter');
    await page.getByRole('button', { name: 'Create from this…' }).press('Enter');
    await page.getByText('Filled in from Web server (old)').waitFor();
    await page.getByText('web_1-000002.vmdk').first().waitFor();
    expect(await page.getByLabel('Name', { exact: true }).first().inputValue()).toBe('web-server-old');
    await page.locator('summary', { hasText: 'Disks' }).press('Enter');
    expect(await page.getByLabel('Size', { exact: true }).last().inputValue()).toBe('20 GiB');
    await page.locator('summary', { hasText: 'Network' }).press('Enter');
    await page.locator('input[value="00:0c:29:17:e2:a1"]').waitFor();
    expect(await page.locator('input[value="00:0c:29:17:e2:a1"]').count()).toBe(1);
    expect(await axe(page)).toEqual([]);
    await picture(page, 'form');
    // A reload of the window keeps it.
    await page.reload();
    await page.getByText('Filled in from Web server (old)').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('are refused with a reason, and can be tried again; files are taken several at once', async () => {
    const { page } = await preview.open('/machines/other');
    await pasted(page, 'hostile');
    await page.getByText('The description cannot be read').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.locator('input[type=file]').setInputFiles([
      { name: 'web.vmx', mimeType: 'text/plain', buffer: Buffer.from('memsize = "512"') },
      { name: 'web.vmdk', mimeType: 'application/octet-stream', buffer: Buffer.alloc(1024 * 1024) },
    ]);
    await page.getByText('Web server (old), as it is described').waitFor();
    expect(await page.getByText('The description cannot be read').count()).toBe(0);
    await page.getByRole('button', { name: 'Other files' }).press('Enter');
    await page.getByRole('button', { name: 'Choose files…' }).waitFor();
    await page.context().close();
  });
});
