import { afterEach, expect, test } from 'vitest';
import { applianceSettings } from '../../../../main/backend/own-box/appliance.ts';
import { kubeconfigFor } from '../../../../main/backend/own-box/join.ts';
import { applianceSettingsSchema } from '../../../../main/contract/appliance.ts';
import { boxWishesSchema } from '../../../../main/contract/box/settings.ts';
import { recommended } from '../../../../provisioning/versions.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { startOwnBox } from '../../../support/boxes/own-box.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
const ends = <T extends { close(): Promise<unknown> }>(made: T): T => {
  ending.push(() => made.close());
  return made;
};

test('a box that has IPv6 alone is looked at, paired by its code, followed and asked', async () => {
  const ipv6 = ['fd00::20', 'fe80::5054:ff:fe12:3456'];
  const there = ends(await startOwnBox({ agent: { addresses: [{ interface: 'enp1s0', kind: 'ethernet', mac: '52:54:00:12:34:56', link: true, ipv6 }] }, change: { host: '::1' } }));
  const here = ends(await openApp());
  await there.shown((show) => show['code'] !== undefined);
  const address = `[::1]:${there.own.port}`;
  const looked = await here.handlers.lookAt({ address: `[0:0::1]:${there.own.port}` }, here.context);
  expect(looked).toMatchObject({ address, hello: { boxId: there.agent.state.boxId }, fingerprint: await there.fingerprint() });
  const { id } = await here.handlers.pair({ address, code: there.code() ?? '' }, here.context);
  const row = await here.row(id, ({ state }) => state === 'online');
  expect(row).toMatchObject({ address, last: { addresses: [{ interface: 'enp1s0', ipv6 }] } });
  expect(await here.handlers.health({ id }, here.context)).toMatchObject({ cpus: 2 });
  await there.own.alive();
}); // prettier-ignore

test('its cluster lives on an address of its own where there is no IPv4', () => {
  const suggested = applianceSettingsSchema.parse({ mode: 'lan', nodeName: 'x', accelerator: 'tcg', versions: recommended });
  const choice = { storage: 'local-path' } as const;
  const given = { suggested, wishes: boxWishesSchema.parse({}), choice, bundle: undefined };
  expect(applianceSettings({ ...given, address: undefined }).mode).toBe('solo');
  expect(applianceSettings({ ...given, address: '10.0.0.1' })).toMatchObject({ mode: 'lan', address: '10.0.0.1' });
  expect(applianceSettings({ ...given, suggested: { ...suggested, address: '10.0.0.2' }, address: undefined })).toMatchObject({ mode: 'lan', address: '10.0.0.2' });
}); // prettier-ignore

test('its kubeconfig names the address it is reached at, in brackets', () => {
  const text = 'clusters: [{cluster: {server: "https://127.0.0.1:6443"}}]';
  expect(kubeconfigFor(text, 'fd00::20')).toContain('server: https://[fd00::20]:6443');
  expect(kubeconfigFor(text, '::ffff:10.0.0.1')).toContain('server: https://10.0.0.1:6443');
  expect(kubeconfigFor(text, '::1')).toContain('server: https://127.0.0.1:6443');
});
