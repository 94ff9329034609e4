import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { rowOf } from '../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start({ starter: 'nothing' });
  await (await lab.api()).settings.update({ setupDone: true });
  page = await lab.open('/manifests');
}, 120_000);
afterAll(() => lab?.end(), 60_000);

const button = (name: string | RegExp) => page.getByRole('button', { name });
const machine = (name: string, more = ''): string => `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: ${name}
spec:
  runStrategy: Halted
  template:
    spec:
      domain:
        memory:
          guest: 64Mi
        devices:
          autoattachGraphicsDevice: false${more}
      volumes:
        - name: root
          emptyDisk:
            capacity: 1Gi
`;
/** Drops a file on the text, as a person does with the mouse. */
const drop = async (text: string): Promise<void> => {
  const data = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], 'lab.yaml', { type: 'application/yaml' }));
    return transfer;
  }, text);
  await page.getByRole('region', { name: 'Manifest', exact: true }).dispatchEvent('drop', { dataTransfer: data });
};

test('a dropped manifest is tried, told object by object, and applied as far as it is good', async () => {
  await page.getByRole('heading', { level: 1, name: 'Create from manifest' }).waitFor();
  const note = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: note\ndata:\n  a: "1"\n';
  await drop([machine('dropped'), machine('broken', '\n          nonsense: 1'), note].join('---\n'));
  const list = page.getByRole('list', { name: 'What will come of it' });
  const item = (name: string) => list.getByRole('listitem').filter({ hasText: name });
  await item('broken').getByText('refused').waitFor();
  expect(await item('dropped').innerText()).toContain('new');
  await page.getByText(/nonsense/).first().waitFor(); // prettier-ignore
  expect(await axeInBothThemes(page)).toEqual([]);
  await button('Apply what is good').click();
  await page.getByText('1 of 3 objects were refused').first().waitFor(); // prettier-ignore
  const api = await lab.api();
  expect((await api.manifests.check({ yaml: machine('dropped') })).objects[0]?.result).toBe('same');
});

test('a machine becomes a template, a second version, and two machines', async () => {
  await page.goto(`${lab.hearth.origin}/#/templates/from/default/dropped`);
  // Without what earlier work still announces.
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Save dropped as template' }).waitFor();
  await page.getByRole('textbox', { name: 'Title' }).fill('Small one');
  expect(await axeInBothThemes(page)).toEqual([]);
  await button('Save').click();
  await page.getByRole('row', { name: /Small one/ }).waitFor();
  expect(await axeInBothThemes(page)).toEqual([]);

  await button('Create machine').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('Name is needed.').first().waitFor(); // prettier-ignore
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('from-template');
  await dialog.getByRole('button', { name: 'What will be made' }).click();
  await dialog.getByText('name: from-template').first().waitFor(); // prettier-ignore
  expect(await axeInBothThemes(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('VirtualMachine default/from-template').waitFor();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click(); // prettier-ignore

  await page.goto(`${lab.hearth.origin}/#/templates/edit/default/dropped`);
  await page.getByRole('textbox', { name: /What is new/ }).fill('said better');
  await page.getByRole('textbox', { name: 'Description' }).fill('For trying things');
  await button('Save as version 2').click();
  const row = page.getByRole('row', { name: /Small one/ });
  await row.getByText('For trying things').waitFor();
  await row.getByRole('button', { name: /More about/ }).click();
  await page.getByRole('menuitem', { name: 'Versions' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'from-template' }).waitFor();
  await page.keyboard.press('Escape');

  // A third with another machine in it; the first still makes the machine that it was saved from.
  const api = await lab.api();
  const ref = { namespace: 'default', name: 'dropped' };
  const { versions } = await api.templates.get(ref);
  const second = versions.find(({ version }) => version === 2)!;
  await api.templates.save({ ...ref, title: 'Small one', manifest: second.manifest.replace('64Mi', '96Mi'), parameters: second.parameters, base: 2 }); // prettier-ignore
  for (const [name, version, memory] of [
    ['of-the-first', 1, 64],
    ['of-the-third', 3, 96],
  ] as const) {
    await page.reload();
    await button('Create machine').click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await dialog.getByRole('combobox', { name: 'Version' }).click();
    await page.getByRole('option', { name: `Version ${version}` }).click();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByText(`VirtualMachine default/${name}`).waitFor();
    await rowOf(api, name, (row) => row.memory === memory * 2 ** 20);
  }
  expect((await api.templates.get(ref)).machines).toContainEqual({ namespace: 'default', name: 'of-the-first', version: 1 }); // prettier-ignore
});

test('an own instance type is made by its form and seen in the list', async () => {
  await page.goto(`${lab.hearth.origin}/#/templates/types`);
  const search = page.getByRole('textbox', { name: 'Search', exact: true });
  await search.fill('u1.small');
  await page.getByRole('row', { name: /u1\.small/ }).waitFor();
  await button('Create instance type').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('house');
  await dialog.getByText('"house"').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await search.fill('house');
  await page.getByRole('row', { name: /house/ }).waitFor();
  const rows = await (await lab.api()).templates.types({});
  expect(rows.find(({ name }) => name === 'house')).toMatchObject({ cpus: 1, bundled: false, namespace: 'default' });
});

test('the devices of this computer are on a page of the settings', async () => {
  await page.goto(`${lab.hearth.origin}/#/settings/devices`);
  await page.getByRole('heading', { name: 'PCI devices' }).waitFor();
  expect(await axeInBothThemes(page)).toEqual([]);
  const needed = page.getByRole('button', { name: /What would be needed/ });
  if ((await needed.count()) === 0) return;
  await needed.first().click();
  await page.getByRole('dialog').getByText('permittedHostDevices').waitFor();
});
