import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { heading, overflows, previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// Places, appliance and targets on the in-memory backend, under the policy the real page has.
const preview = previewPages();
const open = (address: string) => preview.open(address, { latency: 20 });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).press('Enter');

describe('every page', () => {
  it.each([
    ['/appliance', 'attic'],
    ['/appliance/attic/nodes', 'attic'],
    ['/appliance/attic/backups', 'attic'],
    ['/appliance/attic/runs', 'attic'],
    ['/appliance/attic/access', 'attic'],
    ['/appliance/nothing', 'Appliance'],
    ['appliance=none /appliance', 'Appliance'],
    ['appliance=half /appliance', 'attic'],
    ['appliance=failed /appliance', 'attic'],
    ['appliance=stopped /appliance', 'attic'],
    ['appliance=two /appliance', 'attic'],
    ['scenario=loading /appliance', 'Appliance'],
    ['/backups', 'Backups'],
    ['scenario=empty /backups', 'Backups'],
    ['scenario=loading /backups', 'Backups'],
    ['/containers', 'Containers'],
    ['pods=some /containers', 'Containers'],
    ['pods=some /containers/Deployment/default/shop', 'shop'],
    ['/networks/map', 'Networks'],
    ['pods=some /networks/map', 'Networks'],
    ['machines=0 /networks/map', 'Networks'],
    ['machines=60&pods=some /networks/map', 'Networks'],
    ['/targets', 'Targets'],
    ['targets=many /targets', 'Targets'],
    ['scenario=loading /targets', 'Targets'],
    ['appliance=half /setup/place', 'Where shall your machines run?'],
  ])('%s is accessible and quiet', async (address, title) => {
    const { page, complaints } = await open(address);
    await heading(page, title).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await axe(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('install', () => {
  it('goes by keyboard from the choice to an appliance; a reload in each part keeps the place', async () => {
    const { page, complaints } = await open('scenario=first-run /setup/place/local');
    const stays = async (title: string): Promise<void> => {
      await heading(page, title).waitFor();
      await page.reload();
      await heading(page, title).waitFor();
      expect(await axe(page)).toEqual([]);
    };
    await stays('Where shall your machines run?');
    expect(await page.getByRole('radio', { name: 'This computer, as an appliance' }).isChecked()).toBe(true);
    await press(page, 'Next');
    await stays('What was found on this computer');
    await page.getByText('ufw is on').first().waitFor();
    await press(page, 'Next');
    await heading(page, 'How shall it be?').waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Not A Name');
    await press(page, 'Show the plan');
    await page.getByText('1 field needs another look.').waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('kitchen');
    await stays('How shall it be?');
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('kitchen');
    await press(page, 'Show the plan');
    await stays('The plan');
    await page.getByText('as a system service on kitchen').waitFor();
    await press(page, 'Install');
    await heading(page, 'Installing on this computer').waitFor();
    await page.getByRole('log').getByText('all files verified').waitFor();
    expect(await axe(page)).toEqual([]);
    await heading(page, 'It runs').waitFor({ timeout: 60_000 });
    await press(page, 'Open its appliance page');
    await heading(page, 'kitchen').waitFor();
    await page.getByText('All is well: 12 of 12.').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('cannot start while something stands in the way, and says what', async () => {
    const { page } = await open('appliance=none&preflight=blocked /setup/place/local');
    await heading(page, 'Where shall your machines run?').waitFor();
    await press(page, 'Next');
    await page.getByText('Port 6443 is taken').first().waitFor();
    const next = page.getByRole('button', { name: /^Next/ });
    expect(await next.getAttribute('aria-disabled')).toBe('true');
    expect(await next.innerText()).toContain('2 things stand in the way');
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it('that fails says why, and is undone or tried again', async () => {
    const { page } = await open('appliance=none&install=fails /setup/place/local');
    await heading(page, 'Where shall your machines run?').waitFor();
    await press(page, 'Next');
    await page.getByText('ufw is on').first().waitFor();
    await press(page, 'Next');
    await press(page, 'Show the plan');
    await page.getByText('To download').waitFor();
    await press(page, 'Install');
    await heading(page, 'It stopped on the way').waitFor({ timeout: 60_000 });
    await page.getByText('Port 10250 was taken meanwhile').first().waitFor();
    expect(await axe(page)).toEqual([]);
    await press(page, 'Undo what was done…');
    await page.getByRole('button', { name: 'Undo', exact: true }).press('Enter');
    await heading(page, 'Everything was undone').waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  it('over SSH shows the host key first, and stops at one that changed', async () => {
    for (const trust of ['new', 'changed']) {
      const { page } = await open(`appliance=none&ssh=${trust} /setup/place/ssh`);
      await heading(page, 'Where shall your machines run?').waitFor();
      await press(page, 'Next');
      await page.getByRole('textbox', { name: 'Computer' }).fill('cellar.lan');
      await page.getByRole('textbox', { name: 'User' }).fill('ada');
      await page.getByRole('radio', { name: 'Password' }).check({ force: true });
      await page.getByLabel('Password of ada').fill('hunter2');
      await press(page, 'Connect');
      await page.getByText('SHA256:u3Yt0').waitFor();
      expect(await axe(page)).toEqual([]);
      const accept = page.getByRole('button', { name: 'It is the same: connect' });
      expect(await accept.count()).toBe(trust === 'new' ? 1 : 0);
      if (trust === 'new') {
        await accept.press('Enter');
        await heading(page, 'What was found on cellar.lan').waitFor();
        expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain(
          'hunter2',
        );
        await page.reload(); // the password is gone with the page: it is asked for again
        await heading(page, 'How is that computer reached?').waitFor();
        await page.getByText('passwords are kept nowhere').waitFor();
      }
      if (trust === 'changed') {
        await page.getByText('SHA256:Zx9L').waitFor();
        await press(page, 'I know why it changed…');
        await page.getByText('Forget the known key of cellar.lan?').waitFor();
        expect(await axe(page)).toEqual([]);
        await press(page, 'Forget the old key');
        await page.getByText('The old key is forgotten.').waitFor();
        await press(page, 'It is the same: connect');
        await heading(page, 'What was found on cellar.lan').waitFor();
      }
      await page.context().close();
    }
  });

  it('over SSH with a password asks for none twice, unless another is wanted', async () => {
    const { page } = await open('appliance=none&elevation=sudo-password /setup/place/ssh');
    await heading(page, 'Where shall your machines run?').waitFor();
    await press(page, 'Next');
    await page.getByRole('textbox', { name: 'Computer' }).fill('cellar.lan');
    await page.getByRole('textbox', { name: 'User' }).fill('ada');
    await page.getByRole('radio', { name: 'Password' }).check({ force: true });
    await page.getByLabel('Password of ada').fill('hearth');
    const both = page.getByRole('checkbox', { name: /administrator's password/ });
    expect(await both.isChecked()).toBe(true);
    await press(page, 'Connect');
    await press(page, 'It is the same: connect');
    await page.getByText('ufw is on').first().waitFor();
    await press(page, 'Next');
    await press(page, 'Show the plan');
    await page.getByText('it gets the one you signed in with').waitFor();
    await press(page, 'Type another');
    await page.getByLabel("Administrator's password on cellar.lan").waitFor();
    expect(await axe(page)).toEqual([]);
    for (const title of ['How shall it be?', 'What was found on cellar.lan', 'How is that computer reached?']) {
      await press(page, 'Back');
      await heading(page, title).waitFor();
    }
    expect(await both.isChecked()).toBe(false);
    await both.check();
    await press(page, 'Connect'); // the settings stand already
    await page.getByText('it gets the one you signed in with').waitFor();
    await press(page, 'Install');
    await heading(page, 'Installing on cellar.lan').waitFor();
    await page.context().close();
  });
});

describe('an offline bundle', () => {
  it('is made from the page of an appliance, and checked', async () => {
    const { page } = await open('/appliance');
    await press(page, 'Offline bundle…');
    await press(page, 'Create it');
    await page.getByText('The whole path of a file, beginning with /.').waitFor();
    await page.getByRole('textbox', { name: 'File' }).fill('/media/stick/bundle.hearth');
    expect(await axe(page)).toEqual([]);
    await press(page, 'Create it');
    await page.getByText('The bundle is made').waitFor({ timeout: 30_000 });
    await press(page, 'Check the bundle');
    await page.getByText(/^It is whole/).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it('is checked where its path is typed, and what is missing is named', async () => {
    const { page } = await open('appliance=none /setup/place/local');
    await heading(page, 'Where shall your machines run?').waitFor();
    await press(page, 'Next');
    await page.getByText('ufw is on').first().waitFor();
    await press(page, 'Next');
    await page.locator('summary', { hasText: 'More' }).click();
    await page.getByLabel('Offline bundle').fill('/media/stick/old.tar');
    await press(page, 'Check the bundle');
    await page.getByText('1 file is missing:').waitFor();
    await page.getByText('k3s-airgap-images-amd64.tar.zst', { exact: true }).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByLabel('Offline bundle').fill('/media/stick/bundle.hearth');
    await page.getByText('1 file is missing:').waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('uninstall', () => {
  it('names what would go, and wants the name of the node first', async () => {
    const { page } = await open('/appliance');
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Uninstall…' }).click();
    await page.getByText('lab/win11', { exact: true }).waitFor();
    const confirm = page.getByRole('button', { name: /^Uninstall/ });
    expect(await confirm.getAttribute('aria-disabled')).toBe('true');
    expect(await axe(page)).toEqual([]);
    await page.getByLabel('Type attic to confirm').fill('attic');
    await confirm.click();
    await page.getByRole('article').or(page.getByText('Stop everything')).first().waitFor();
    await heading(page, 'Appliance').waitFor({ timeout: 30_000 });
    await page.getByText('No appliance yet').waitFor();
    expect(await page.getByRole('link', { name: 'Install on this computer' }).isVisible()).toBe(true);
    await page.context().close();
  });
});

describe('an appliance whose host key changed', () => {
  const address = 'appliance=two&ssh=changed /appliance/cellar';
  const takeTheNew = async (page: Page): Promise<void> => {
    await press(page, 'I know why it changed…');
    await press(page, 'Forget the old key');
    await page.getByText('The old key is forgotten.').waitFor();
    await press(page, 'It is the same: connect');
  };
  it('is spoken to again when the new one is taken on purpose', async () => {
    const { page, complaints } = await open(address);
    await page.getByText('The host key is another one than before').waitFor();
    expect(await axe(page)).toEqual([]);
    await press(page, 'Show its host key');
    await page.getByText('Hearth does not connect').waitFor();
    await page.getByRole('contentinfo').getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByText('The host key is another one than before').waitFor();
    await press(page, 'Show its host key');
    await takeTheNew(page);
    await page.getByText('The host key of cellar.lan is known now').waitFor();
    await page.getByText('The host key is another one than before').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says that an uninstall cannot be listed, and lists it then', async () => {
    const { page } = await open(address);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Uninstall…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The host key is another one than before').waitFor();
    const confirm = dialog.getByRole('button', { name: /^Uninstall/ });
    expect(await confirm.getAttribute('aria-disabled')).toBe('true');
    expect(await confirm.innerText()).toContain('could not be listed');
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Show its host key' }).press('Enter');
    await takeTheNew(page);
    await dialog.getByText('Kubernetes is stopped, so it cannot be asked.', { exact: false }).waitFor();
    expect(await confirm.innerText()).not.toContain('could not be listed');
    await page.context().close();
  });
});

describe('targets', () => {
  it('are switched in the navigation; a machine that is not there leads to the list', async () => {
    const { page, complaints } = await open('/machines/default/media');
    await heading(page, 'media').waitFor();
    await page.getByRole('button', { name: /^Where machines run/ }).press('Enter');
    await page.getByRole('menuitemradio', { name: /^Cluster at work/ }).click();
    await page.getByText('There is no media here').waitFor();
    await heading(page, 'Machines').waitFor();
    await page.getByText('Cluster at work is shown now').waitFor();
    await page.getByRole('button', { name: /Cluster at work/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('take a kubeconfig, ask before they run its programs, and say what was found', async () => {
    const { page } = await open('/targets');
    await page.getByRole('button', { name: 'Add a cluster' }).click();
    const kubeconfig = page.getByRole('textbox', { name: 'Kubeconfig' });
    await kubeconfig.fill('hello');
    await press(page, 'Check it');
    await page.getByText('This is no kubeconfig').waitFor();
    await kubeconfig.fill('apiVersion: v1\nserver: https://k8s.home:6443\nname: ada@home\nexec: insecure');
    await press(page, 'Check it');
    await page.getByText('aws eks get-token').waitFor();
    await page.getByText('TLS is not checked').waitFor();
    expect(await page.getByRole('button', { name: 'Add and switch to it' }).count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    await press(page, 'Run them and check');
    await page.getByText('v1.35.4').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('home');
    await press(page, 'Add and switch to it');
    await page.getByRole('listitem', { name: 'home' }).getByText('shown now').waitFor();
    await page.context().close();
  });

  it('of kind are made and deleted with progress', async () => {
    const { page } = await open('/targets');
    await page.getByRole('button', { name: 'Create throwaway cluster' }).click();
    await page.getByText('Runs in docker 27.3.1').waitFor();
    await press(page, 'Create cluster');
    await page.getByText('Fetch the node image').waitFor();
    await page.getByRole('listitem', { name: 'try-2' }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'More for try-2' }).click();
    await page.getByRole('menuitem', { name: 'Delete the cluster…' }).click();
    await press(page, 'Delete cluster');
    await page.getByRole('dialog').waitFor({ state: 'hidden' }); // what is behind it has no role while it is open
    await page.getByRole('listitem', { name: 'try-2' }).waitFor({ state: 'detached', timeout: 30_000 });
    expect(await page.getByRole('listitem', { name: 'try', exact: true }).isVisible()).toBe(true);
    await page.context().close();
  });
});
