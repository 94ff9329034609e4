import { describe, expect, it } from 'vitest';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// The pages of boxes on the in-memory backend: every state of a box and of a stick, by keyboard too.
const preview = previewPages();
const box = '/boxes/58c8b876401494c870b240dcd0c838fe';

describe('every state of a box', () => {
  it.each([
    ['/boxes', 'Boxes', 'Your box'],
    ['boxes=empty /boxes', 'Boxes', 'No box yet'],
    ['boxes=found /boxes', 'Boxes', 'From your stick'],
    ['boxes=two /boxes', 'Boxes', 'Waits for its setup'],
    ['boxes=changed /boxes', 'Boxes', 'Another key answers there'],
    [`boxes=changed ${box}`, 'cellar', 'Another key answers there'],
    [`boxes=revoked ${box}`, 'cellar', 'The box no longer knows this Hearth'],
    [`boxes=offline ${box}`, 'cellar', 'Offline; last seen'],
    [`boxes=checking ${box}`, 'cellar', 'Checking the stick'],
    [`boxes=choosing ${box}`, 'cellar', 'Which disk?'],
    [`boxes=many-disks ${box}`, 'cellar', '4 disks that are not offered'],
    [`boxes=countdown ${box}`, 'cellar', 'Erases CT240BX500SSD1 soon'],
    [`boxes=installing ${box}`, 'cellar', 'Copy the system'],
    [`boxes=installed ${box}`, 'cellar', 'Take the stick out.'],
    [`boxes=trying ${box}`, 'cellar', 'Install it after all'],
    [`boxes=trouble ${box}`, 'cellar', 'The stick is damaged'],
    [`boxes=setup ${box}`, 'cellar', 'Save and go on'],
    [`boxes=appliance ${box}`, 'cellar', 'Step 1 of 5: Unpack what is needed'],
    [`boxes=ready ${box}`, 'cellar', 'All is well'],
    [`boxes=worn ${box}`, 'cellar', 'The disk nvme0n1 is worn'],
    [`boxes=rebooting ${box}`, 'cellar', 'Restarting; back within'],
    [`boxes=ready ${box}/update`, 'cellar', 'Send and restart into it'],
    [`boxes=trial ${box}/update`, 'cellar', '0.3.0 is on trial'],
    [`boxes=update-failed ${box}/update`, 'cellar', '0.3.0 did not hold'],
    [`boxes=network-trial ${box}/network`, 'cellar', 'The new network is tried'],
    [`boxes=ready ${box}/logs`, 'cellar', 'state change: activated'],
    [`boxes=ready ${box}/apps`, 'cellar', 'laptop of Grace'],
    [`boxes=ready ${box}/power`, 'cellar', 'Factory reset'],
    [`boxes=long ${box}`, /^a-box-in-the-cellar/, 'All is well'],
    [`scenario=errors ${box}`, 'cellar', 'Health did not work'],
    ['/boxes/no-such-box', 'Box', 'No such box'],
    ['own=choosing /', 'cellar', '1234 5678'],
    ['own=setup /', 'cellar', 'Save and go on'],
    ['own=ready /this-box/power', 'cellar', 'Factory reset'],
    ['/boxes/stick', 'Create a stick', 'SanDisk Ultra Fit'],
    ['sticks=many /boxes/stick', 'Create a stick', 'number 9'],
    ['sticks=none /boxes/stick', 'Create a stick', 'No stick is plugged in'],
    ['sticks=no-image /boxes/stick', 'Create a stick', 'There is no image on this computer yet'],
    ['sticks=error /boxes/stick', 'Create a stick', 'The drives cannot be listed'],
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

describe('a stick', () => {
  it('is made by keyboard, read back, and its box pairs without typing', async () => {
    const { page, complaints } = await preview.open('boxes=found /boxes');
    await page.getByRole('link', { name: 'Create a stick' }).press('Enter');
    await heading(page, 'Create a stick').waitFor();
    const write = page.getByRole('button', { name: /^Erase and write/ });
    expect(await write.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('radio', { name: 'SanDisk Ultra Fit' }).press('Space');
    await page.getByText('All on SanDisk Ultra Fit is erased').waitFor();
    await page.getByLabel('Name of the box').fill('Not a name');
    await page.getByText('One setting needs a look.').waitFor({ state: 'attached' });
    expect(await axe(page)).toEqual([]);
    await page.getByLabel('Name of the box').fill('cellar');
    await page.locator('button[type=submit]:not([aria-disabled])').press('Enter');
    await page.getByText(/MiB\/s, the stick is the bottleneck/).waitFor();
    expect(await axe(page)).toEqual([]);
    // The write goes on without the page.
    await page.getByRole('link', { name: 'Home', exact: true }).click();
    await heading(page, 'Home').waitFor();
    await page.goBack();
    await page.getByText('The stick is ready').first().waitFor({ timeout: 40_000 });
    await page.getByText('Start from USB').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Pair hearth' }).press('Enter');
    await heading(page, 'hearth').waitFor();
    await page.getByText('Which disk?').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('that is large is written only when its size was typed; what is refused says why', async () => {
    const { page } = await preview.open('/boxes/stick');
    await page.getByRole('radio', { name: 'Kingston' }).press('Space');
    await page.getByText('Type its size first.').waitFor({ state: 'attached' });
    await page.getByLabel('It is large: type its size, 512').fill('512');
    await page.locator('button[type=submit]:not([aria-disabled])').waitFor();
    await page.getByText('3 drives that are left alone, and why').click();
    await page.getByText('This computer runs from it: / is on it, inside LUKS.').waitFor();
    // One that a person can mend stays in sight, and cannot be chosen.
    const mounted = page.getByRole('radio', { name: 'Intenso Rainbow Line' });
    await mounted.press('Space');
    expect(await mounted.isChecked()).toBe(false);
    await page.getByText('Unmount it first.').waitFor();
    await page.context().close();
  });

  it('that lies is told about, and asks for a password where one is needed', async () => {
    const { page } = await preview.open('write=lies&elevation=sudo-password /boxes/stick');
    await page.getByRole('radio', { name: 'SanDisk Ultra Fit' }).press('Space');
    await page.locator('button[type=submit]:not([aria-disabled])').press('Enter');
    const password = page.getByLabel('Your password on this computer');
    await password.fill('wrong');
    await password.press('Enter');
    await page.getByText('That password was not right').first().waitFor();
    await password.fill('hearth');
    await password.press('Enter');
    await page.getByText('The stick does not hold what was written').first().waitFor({ timeout: 40_000 });
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Back to the settings' }).press('Enter');
    await page.getByRole('radio', { name: 'SanDisk Ultra Fit' }).waitFor();
    await page.context().close();
  });

  it('is checked, and says what is on it', async () => {
    const { page } = await preview.open('/boxes/stick');
    await page.getByRole('button', { name: 'Check a stick' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'SanDisk Ultra Fit' }).press('Space');
    await dialog.getByRole('button', { name: 'Check', exact: true }).press('Enter');
    await dialog.getByText('The stick is whole').waitFor({ timeout: 20_000 });
    await dialog.getByText('cellar').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});

describe('a box', () => {
  it('is found by its address and paired by eight digits', async () => {
    const { page } = await preview.open('boxes=empty /boxes');
    const address = page.getByLabel('Address of a box');
    await address.fill('10.0.0.9');
    await address.press('Enter');
    await page.getByText('Nothing answers there').waitFor();
    await address.fill('192.168.1.60');
    await address.press('Enter');
    const code = page.getByLabel('Code of the box');
    await code.fill('1111 2222');
    await code.press('Enter');
    await page.getByText('That is not its code').waitFor();
    expect(await axe(page)).toEqual([]);
    await code.fill('1234 5678');
    await code.press('Enter');
    await heading(page, 'workshop').waitFor();
    await page.context().close();
  });

  it('erases a disk only when the end of its serial number was typed, and installs', async () => {
    const { page } = await preview.open(`boxes=many-disks ${box}`);
    await page.getByRole('button', { name: /Choose.*S4EVNX0R712345K/ }).press('Enter');
    const erase = page.getByRole('button', { name: /^Erase and install/ });
    expect(await erase.getAttribute('aria-disabled')).toBe('true');
    const typed = page.getByLabel('Last 4 letters of the serial number');
    await typed.fill('345X');
    expect(await erase.getAttribute('aria-disabled')).toBe('true');
    await typed.fill('345K');
    await typed.press('Enter');
    await page.getByText('Copy the system').first().waitFor();
    await page.getByText('Take the stick out.').waitFor({ timeout: 40_000 });
    await page.context().close();
  });

  it('with another box on its disk asks for that as well', async () => {
    const { page } = await preview.open(`boxes=many-disks ${box}`);
    await page.getByRole('button', { name: /Choose.*WCC7K4ZAHJ0X/ }).press('Enter');
    await page.getByLabel('Last 4 letters of the serial number').fill('HJ0X');
    const erase = page.getByRole('button', { name: /^Erase and install/ });
    expect(await erase.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('checkbox', { name: 'Replace the box attic' }).press('Space');
    await page.locator('button:not([aria-disabled])', { hasText: 'Erase and install' }).waitFor();
    await page.context().close();
  });

  it('stops its countdown', async () => {
    const { page } = await preview.open(`boxes=countdown ${box}`);
    await page.getByRole('button', { name: 'Stop' }).press('Enter');
    await page.getByText('Which disk?').waitFor();
    await expect.poll(() => page.getByText('Erases CT240BX500SSD1 soon').count(), { timeout: 10_000 }).toBe(0);
    await page.context().close();
  });

  it('is set up by keyboard on its own pages, with no app', async () => {
    const { page, complaints } = await preview.open('own=setup /');
    await page.waitForURL(/#\/setup-box$/);
    await page.getByRole('button', { name: 'Save and go on' }).press('Enter');
    const password = page.getByLabel('Password', { exact: true });
    await password.fill('short');
    await page.getByLabel('Once more').fill('other');
    await password.press('Enter');
    await page.getByText('The two differ.').waitFor();
    expect(await axe(page)).toEqual([]);
    await password.fill('correct horse battery');
    await page.getByLabel('Once more').fill('correct horse battery');
    await password.press('Enter');
    await page.getByRole('button', { name: 'Leave it so' }).press('Enter');
    await page.getByRole('button', { name: 'Install Kubernetes', exact: true }).press('Enter');
    await page.getByText('Start KubeVirt').waitFor();
    await page.getByRole('button', { name: 'Create a machine' }).waitFor({ timeout: 40_000 });
    expect(await axe(page)).toEqual([]);
    await page.locator('button:not([aria-disabled])', { hasText: 'Finish the setup' }).press('Enter');
    await heading(page, 'Home').waitFor();
    await page.getByRole('link', { name: 'This box' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps a network that was tried, over it', async () => {
    const { page } = await preview.open(`boxes=ready ${box}/network`);
    await page.getByRole('radio', { name: 'Fixed' }).press('Space');
    await page.getByLabel('Address', { exact: true }).fill('192.168.1.40');
    await page.getByRole('button', { name: 'Try it' }).press('Enter');
    await page.getByText('An address with its prefix').waitFor();
    await page.getByLabel('Address', { exact: true }).fill('192.168.1.40/24');
    await page.getByRole('button', { name: 'Try it' }).press('Enter');
    await page.getByText('The new network is tried').filter({ visible: true }).first().waitFor();
    await page.getByRole('button', { name: 'Keep it' }).press('Enter');
    await page.getByText('Now: cable, 192.168.1.40/24.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Keep it' }).count(), { timeout: 10_000 }).toBe(0);
    await page.context().close();
  });

  it('is reset only after the list of what dies and its name', async () => {
    const { page } = await preview.open(`boxes=ready ${box}/power`);
    await page.getByRole('button', { name: 'Reset…' }).press('Enter');
    await page.getByText('These 3 machines are destroyed').waitFor();
    const reset = page.getByRole('button', { name: /^Erase and reset/ });
    expect(await reset.getAttribute('aria-disabled')).toBe('true');
    expect(await axe(page)).toEqual([]);
    await page.getByLabel('Type cellar to confirm').fill('cellar');
    await page.getByLabel('Type cellar to confirm').press('Enter');
    await page.getByText('Erasing; the box starts anew after it', { exact: true }).waitFor();
    await page.context().close();
  });

  it('is found by the palette, and woken there when it sleeps', async () => {
    const { page } = await preview.open('boxes=offline /');
    await page.getByText('Quick lab').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('wake cellar');
    await page.getByRole('option', { name: 'Wake cellar' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('cellar is being woken').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});
