import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import type { FirstBoot } from '../../main/contract/cloud-init.ts';
import { rowKeys } from '../../main/contract/row-keys.ts';
import { password, rowOf, serialShell, starterMachine, user } from '../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';
import { until } from '../support/hearth.ts';

let lab: Lab;
let api: Api;
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
}, 240_000);
afterAll(() => lab.end());

/** Long enough for a busy computer; the check itself waits until typing stopped. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });
const told = async (name: string, wanted: FirstBoot['state']): Promise<FirstBoot> => {
  const rows = await until(api.cloudInit.results({}), rowKeys.firstBoot, (all) => all.get(`default/${name}`)?.state === wanted, 120_000); // prettier-ignore
  return rows.get(`default/${name}`)!;
};
const login = { user, lock_passwd: false };
const config = (...lines: string[]): string =>
  ['#cloud-config', `user: ${login.user}`, `password: ${password}`, 'chpasswd: {expire: false}', ...lines, ''].join(
    '\n',
  );

describe('what a guest says of its first boot', () => {
  it('done, with a hashed password that logs in and a static address that is set', async () => {
    const mac = '02:00:00:00:50:10';
    const networkData = `version: 2\nethernets:\n  lan:\n    match: {macaddress: "${mac}"}\n    addresses: [10.0.2.77/24]\n    routes: [{to: 0.0.0.0/0, via: 10.0.2.2}]\n    nameservers: {addresses: [10.0.2.3]}\n`;
    const { hash } = await api.cloudInit.hashPassword({ password });
    const good = config('hostname: fixed').replace(`password: ${password}`, `password: ${hash}`);
    const of = await starterMachine(api, 'fixed', {
      network: { podNetwork: true, model: 'virtio', mac, forwards: [] },
      cloudInit: { type: 'yaml', userData: good, networkData },
    });
    expect(await told('fixed', 'done')).toMatchObject({ by: 'Hearth starter', problems: [], seconds: expect.any(Number) as number }); // prettier-ignore
    const shell = await serialShell(api, of);
    const seen = await shell.run('for n in 1 2 3 4 5 6 7 8 9 10; do ip -4 -o addr show scope global | grep -q 10.0.2 && ip route | grep -q ^default && [ -s /etc/resolv.conf ] && break; sleep 1; done; ip -4 -o addr show scope global; ip route; cat /etc/resolv.conf'); // prettier-ignore
    expect(seen).toContain('10.0.2.77/24');
    expect(seen).not.toContain('10.0.2.15');
    expect(seen).toContain('default via 10.0.2.2');
    expect(seen).toContain('nameserver 10.0.2.3');
    shell.close();
    const data = await api.cloudInit.read(of);
    expect(data).toMatchObject({ type: 'cloudInitNoCloud', place: 'secret', starter: true, nics: [{ name: 'default', mac }], userData: good, networkData }); // prettier-ignore
    await api.machines.act({ ...of, action: 'delete', mode: 'now' });
  });

  it('error, with the line of the command that failed; written anew and run again it is done', async () => {
    const of = await starterMachine(api, 'broken', {
      cloudInit: { type: 'yaml', userData: config('packages: [nginx]', 'runcmd:', '  - "true"', '  - cat /nowhere/at/all') }, // prettier-ignore
    });
    const failed = await told('broken', 'error');
    expect(failed.problems.map(({ severity, part }) => [severity, part])).toEqual([['warning', 'packages'], ['error', 'runcmd']]); // prettier-ignore
    expect(failed.problems[1]?.text).toContain('cat /nowhere/at/all');

    const before = await api.cloudInit.read(of);
    await api.cloudInit.write({ ...of, userData: config('runcmd: ["echo second > /srv-run"]'), networkData: '', version: before.version }); // prettier-ignore
    await expect(api.cloudInit.write({ ...of, userData: '#cloud-config\n', networkData: '', version: before.version })).rejects.toMatchObject({ problem: { code: 'cloud-init-changed' } }); // prettier-ignore
    const again = await api.cloudInit.runAgain(of);
    expect(again.restartNeeded).toBe(true);
    await api.machines.act({ ...of, action: 'stop' });
    await rowOf(api, 'broken', (row) => row.status === 'Stopped');
    await api.machines.act({ ...of, action: 'start' });
    await told('broken', 'done');
    expect((await api.cloudInit.read(of)).instanceId).toBe(again.instanceId);
    const shell = await serialShell(api, of);
    expect(await shell.run('cat /srv-run')).toContain('second');
    shell.close();
  });
});

describe('in the browser', () => {
  it('the wizard: form to YAML and back keeps what the form does not know; the check warns of what the starter leaves out', async () => {
    const page = await lab.open('/machines/new');
    await page.getByRole('button', { name: 'More options' }).click();
    await page.getByText('Set-up inside').click();
    await page.getByLabel('Packages').fill('nginx');
    await eventually(() => page.getByText('The starter image does not do "packages"').count()).toBeGreaterThan(0);
    await page.getByLabel('Packages').fill('');
    await page.getByRole('radio', { name: /^YAML/ }).click();
    const editor = page.getByRole('textbox', { name: 'User data' });
    await eventually(() => editor.textContent()).toContain('password: $6$');
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# mine to keep\nx_kept: {a: [1, 2]}\nhostnam: web\n');
    await eventually(() => page.getByText('did you mean "hostname"').count()).toBeGreaterThan(0);
    await page.getByRole('radio', { name: /^Form/ }).click();
    await page.getByText('Name and language').click();
    await page.getByLabel('Time zone').fill('Europe/Vienna');
    await page.getByRole('radio', { name: /^YAML/ }).click();
    await eventually(() => editor.textContent()).toContain('Europe/Vienna');
    const lines = await editor.evaluate((node) =>
      [...node.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n'),
    );
    expect(lines).toContain('# mine to keep');
    expect(parse(lines)).toMatchObject({ x_kept: { a: [1, 2] }, timezone: 'Europe/Vienna', hostnam: 'web' });
    await page.close();
  });

  it('the Guest tab: the result, the data, a snippet put in and saved', async () => {
    const page = await lab.open('/machines/default/broken/guest');
    await eventually(() => page.getByText(/done in/).count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Add a snippet' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Swap file' }).getByRole('button', { name: 'Choose' }).click();
    await page.getByLabel('Size').fill('2G');
    await page.getByRole('button', { name: 'Put it in' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await eventually(async () => (await api.cloudInit.read({ namespace: 'default', name: 'broken' })).userData).toContain('size: 2G'); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.goto(`${lab.hearth.origin}/#/templates/snippets`);
    await eventually(() => page.getByText('Guest agent').count()).toBeGreaterThan(0);
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.close();
  });
});
