import { describe, expect, it } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// The tab Break it of a machine on the in-memory backend.
const preview = previewPages();

describe('the tab Break it', () => {
  it.each([
    ['broken', '/machines/default/web/faults', 'Measured: 19.4 % of 1,240 packets'],
    ['with no way into its guest', '/machines/default/db/faults', 'Nothing is broken on purpose.'],
  ])('of a machine %s is accessible and quiet, at 200 % too', async (_what, address, words) => {
    const { page, complaints } = await preview.open(address, { width: 900, height: 600 });
    await page.getByText(words).first().waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('does not give away what a lab hides before it is asked, and cures one, then all', async () => {
    const { page, complaints } = await preview.open('/machines/default/web/faults');
    await heading(page, 'web').waitFor();
    const hidden = page.getByRole('listitem').filter({ hasText: 'Something that a lab broke' });
    await hidden.waitFor();
    const row = page.getByRole('region', { name: 'Disk full' });
    expect(await row.getByText('on', { exact: true }).count()).toBe(0);
    expect(await page.getByText('Disk filled to').count()).toBe(0);
    await hidden.getByRole('button', { name: 'Tell me' }).press('Enter');
    const told = page.getByRole('listitem').filter({ hasText: 'Disk filled to 100 %' });
    await told.getByText('0 KiB free').waitFor();
    await told.getByRole('button', { name: /^Cure/ }).press('Enter');
    await told.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cure all' }).press('Enter');
    await page.getByText('Nothing is broken on purpose.').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
