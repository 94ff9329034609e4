import { afterEach, expect, test } from 'vitest';
import { applianceSettingsSchema } from '../../../../main/contract/appliance.ts';
import type { Appliance, ApplianceNode } from '../../../../main/contract/appliance.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import type { BoxAddress } from '../../../../main/contract/box/state.ts';
import type { BoxProvision } from '../../../../main/backend/own-box/appliance.ts';
import type { FollowAddress } from '../../../../main/backend/provision/provision.ts';
import { writeJson } from '../../../../main/backend/json-file.ts';
import { recommended } from '../../../../provisioning/versions.ts';
import { startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';

const open: TestBox[] = [];
afterEach(async () => {
  for (const box of open.splice(0)) await box.close();
});

const card = (address: string | undefined, kind: BoxAddress['kind'] = 'ethernet'): BoxAddress => ({ interface: kind, kind, mac: '52:54:00:12:34:56', link: true, ...(address !== undefined && { address }) }); // prettier-ignore
const other: ApplianceNode = { name: 'cellar', ready: false, schedulable: true, roles: [], version: '', addresses: [], conditions: [], devices: {}, thisOne: false } as unknown as ApplianceNode; // prettier-ignore

/** A box whose k3s was told `told`; what it is told later is told by `asked`. */
async function boxAt(told: string, how: { setup?: object; nodes?: ApplianceNode[]; mode?: 'lan' | 'solo'; settle?: number } = {}) {
  const asked: FollowAddress[] = [];
  /** How the next runs end; the rest well. */
  const ends: (Error | Promise<void>)[] = [];
  let now = told;
  let box: TestBox | undefined;
  const settings = () => applianceSettingsSchema.parse({ mode: how.mode ?? 'lan', address: now, nodeName: 'hearth', accelerator: 'tcg', versions: recommended }); // prettier-ignore
  const appliance = () => ({ id: 'this-computer', settings: settings(), nodes: how.nodes ?? [] }) as unknown as Appliance;
  const provision: BoxProvision = {
    joinHere: () => Promise.reject(new Error('not asked for here')),
    async followAddress(input) {
      asked.push(input);
      const end = ends.shift();
      const { id } = box!.tasks.start({ type: 'appliance-address', title: input.title }, async () => {
        if (end instanceof Error) throw end;
        await end;
        now = box!.agent.state.addresses[0]?.address ?? '';
        await input.onDone?.(now);
      });
      return { taskId: id };
    },
    handlers: {
      preflight: () => Promise.reject(new Error('not asked for here')),
      install: () => Promise.reject(new Error('not asked for here')),
      joinOffer: () => Promise.reject(new Error('not asked for here')),
      async *watch() {
        yield { type: 'snapshot', items: [appliance()] };
      },
    },
  };
  box = await startOwnBox({
    agent: { addresses: [card(told)] },
    prepare: (dir) => writeJson(`${dir}/setup.json`, { version: 1, appliance: 'ready', clusterWasReady: true, finished: true, ...how.setup }),
    change: { provision: async () => provision, addressPace: { settle: how.settle ?? 150, rest: 400, longest: 2000 } },
  });
  open.push(box);
  const app: TestApp = await testApp();
  await box.pair(app);
  return { box, app, asked, ends, at: (...addresses: BoxAddress[]) => box.agent.set({ addresses }) };
} // prettier-ignore
const quiet = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('an address that lasts is told k3s once, in words that say from where to where', async () => {
  let letGo: () => void = () => undefined;
  const { box, app, asked, ends, at } = await boxAt('192.168.77.20');
  await quiet(400);
  expect(asked).toEqual([]);
  ends.push(new Promise((resolve) => (letGo = resolve)));
  at(card('192.168.5.9'));
  const working = await box.state(app, ({ words }) => words.includes('192.168.77.20'));
  expect(working).toMatchObject({ stage: 'ready', words: expect.stringContaining('to 192.168.5.9') as string });
  letGo();
  const after = await box.state(app, ({ words }) => !words.includes('192.168.77.20'));
  expect(after.problem).toBeUndefined();
  await quiet(700);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ place: { type: 'local' } });
  expect(asked[0]?.title).toBe('Bring the cluster to the new address of this box, from 192.168.77.20 to 192.168.5.9');
  expect(asked[0]?.node).toBeUndefined();
});

test('what lasts only for a moment, is only tried, or leaves the former address in place, changes nothing', async () => {
  const { box, asked, at } = await boxAt('192.168.77.20', { settle: 300 });
  // The cable was out; the lease comes back.
  at(card(undefined));
  await quiet(150);
  at(card('192.168.5.9'));
  await quiet(150);
  at(card('192.168.77.20'));
  await quiet(500);
  // Wi-Fi beside it.
  at(card('192.168.77.20'), card('192.168.5.9', 'wifi'));
  await quiet(500);
  // A network on trial, which may be taken back.
  box.agent.set({ addresses: [card('10.9.9.9')], network: { current: box.agent.state.network.current, trial: { id: 't', secondsLeft: 50 } } }); // prettier-ignore
  await quiet(500);
  expect(asked).toEqual([]);
  box.agent.set({ network: { current: box.agent.state.network.current } });
  await until(() => asked.length, (count) => count === 1); // prettier-ignore
});

test('without any address nothing is done, and Wi-Fi takes over from a cable that stays out', async () => {
  const { asked, at } = await boxAt('192.168.77.20');
  at(card(undefined));
  await quiet(500);
  expect(asked).toEqual([]);
  at(card('192.168.5.9', 'wifi'));
  await until(() => asked.length, (count) => count === 1); // prettier-ignore
});

test('what fails is told and tried again, later and later, and is over once it holds', async () => {
  const { box, app, asked, ends, at } = await boxAt('192.168.77.20');
  const refused = () => new ProblemError({ code: 'node-address-gone', title: 'The address of the node is gone', detail: 'etcd knows it by no other.', kind: 'denied' }); // prettier-ignore
  ends.push(refused(), refused());
  const began = Date.now();
  at(card('192.168.5.9'));
  const failed = await box.state(app, ({ problem }) => problem !== undefined);
  expect(failed.problem).toMatchObject({ code: 'node-address-gone' });
  await box.state(app, ({ problem }) => problem === undefined);
  expect(asked).toHaveLength(3);
  // 150 until it holds, then 400 and 800.
  expect(Date.now() - began).toBeGreaterThan(1300);
});

test('work on the cluster that is under way is waited for without a word', async () => {
  const { box, app, asked, ends, at } = await boxAt('192.168.77.20');
  ends.push(new ProblemError({ code: 'appliance-busy', title: 'Something is already being done there', detail: '' }));
  at(card('192.168.5.9'));
  await until(() => asked.length, (count) => count === 2); // prettier-ignore
  expect((await box.state(app, () => true)).problem).toBeUndefined();
});

test('boxes that joined are named: they look for it where it was', async () => {
  const { box, app, at } = await boxAt('192.168.77.20', { nodes: [other] });
  at(card('192.168.5.9'));
  const left = await box.state(app, ({ problem }) => problem !== undefined);
  expect(left.problem).toMatchObject({ code: 'nodes-left-behind', detail: expect.stringMatching(/^cellar .*192\.168\.77\.20/) as string }); // prettier-ignore
});

test('a box that is a node of another one tells its own k3s, also when it was off meanwhile', async () => {
  const joined = { server: 'https://192.168.77.20:6443', nodeName: 'cellar', address: '192.168.77.31' };
  const { box, asked, at } = await boxAt('192.168.77.31', { setup: { appliance: 'skipped', joined } });
  at(card('192.168.77.44'));
  await until(() => asked.length, (count) => count === 1); // prettier-ignore
  expect(asked[0]).toMatchObject({ node: { server: joined.server, nodeName: 'cellar' } });
  await quiet(300);
  await box.restart();
  await quiet(500);
  expect(asked).toHaveLength(1);
  await box.own.close();
  at(card('192.168.77.50'));
  await box.restart();
  await until(() => asked.length, (count) => count === 2); // prettier-ignore
  expect(asked[1]?.title).toContain('from 192.168.77.44 to 192.168.77.50');
});

test('a cluster with an address of its own has nothing to be told', async () => {
  const { asked, at } = await boxAt('192.168.77.20', { mode: 'solo' });
  at(card('192.168.5.9'));
  await quiet(500);
  expect(asked).toEqual([]);
});
