// Every page on an in-memory backend: ?machines=5000&scenario=errors&accelerator=software&updates=100&theme=dark
import { start } from '../../../renderer/app/start.ts';
import type { Capability } from '../../../main/contract/target.ts';
import { fakeApi } from '../fake-api.ts';
import { refusing } from '../fake/refusing.ts';
import { inState } from '../fake/states.ts';
import type { StateOptions } from '../fake/states.ts';
import type { FakeOptions } from '../fake-api.ts';

const query = new URLSearchParams(location.search);
const text = <K extends keyof FakeOptions>(key: K): FakeOptions[K] => (query.get(key) ?? undefined) as FakeOptions[K];
const number = (key: string): number | undefined => (query.has(key) ? Number(query.get(key)) : undefined);

const options: Record<string, unknown> = {
  machines: number('machines'),
  updates: number('updates'),
  latency: number('latency'),
  scenario: text('scenario'),
  language: text('language'),
  accelerator: text('accelerator'),
  appliance: text('appliance'),
  preflight: text('preflight'),
  elevation: text('elevation'),
  ssh: text('ssh'),
  install: text('install'),
  targets: text('targets'),
  kind: text('kind'),
  boxes: text('boxes'),
  own: text('own'),
  sticks: text('sticks'),
  write: text('write'),
  labs: text('labs'),
  run: text('run'),
  demo: text('demo'),
  class: text('class'),
  seat: text('seat'),
  user: text('user'),
  lan: text('lan'),
  pods: text('pods'),
};
declare global {
  /** What the target can do, put here by a test before the page begins; and the offers whose calls it refused. */
  var hearthCapabilities: Capability[] | undefined;
  var hearthRefused: string[] | undefined;
}
options['capabilities'] = globalThis.hearthCapabilities;
const fake = fakeApi(
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as FakeOptions,
);
const api = globalThis.hearthCapabilities
  ? refusing(fake, globalThis.hearthCapabilities, (id) => (globalThis.hearthRefused ??= []).push(id))
  : fake;
const states = { state: query.get('state') ?? undefined, rows: number('rows'), names: number('names') };
const shown = Object.values(states).every((each) => each === undefined) ? api : inState(api, states as StateOptions);

let lost = query.get('scenario') === 'offline';
await start(async () => {
  if (lost) throw new Error('offline');
  return { api: shown, closed: new Promise<void>((resolve) => addEventListener('hearth-drop', () => { lost = true; resolve(); })), close: () => undefined }; // prettier-ignore
});
