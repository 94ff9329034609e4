import { expect, test } from 'vitest';
import { commands } from '../../../renderer/app/commands.ts';
import {
  boxCommands,
  guideCommands,
  learningCommands,
  machineActions,
  sections,
} from '../../../renderer/app/more-commands.ts';
import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import type { LabRow } from '../../../main/contract/labs/run.ts';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { read } from '../../support/docs.ts';
import { machineRow } from '../../support/fake/machines.ts';
import { imageRows } from '../../support/fake/library.ts';

/** Where running each of all entries leads, with one thing of each kind there. */
function reached(): string[] {
  const went: string[] = [];
  const go = (to: string): void => void went.push(to);
  const nothing = (): void => undefined;
  const box = { id: 'b1', name: 'attic', address: '10.0.0.2', state: 'ready', macs: [] } as unknown as BoxRow;
  const all = [
    ...commands(
      { go, switchTheme: nothing, showShortcuts: nothing, recheck: nothing, use: nothing },
      [machineRow(0)],
      imageRows,
    ),
    ...sections(go, true),
    ...machineActions([machineRow(0)], machineRow(0).name, { go, act: nothing }),
    ...boxCommands([box], { go, wake: nothing }),
    ...learningCommands([{ name: 'first-vm', title: 'First' } as LabRow], [{ name: 'one' } as RecordingRow], go),
    ...guideCommands('a', go),
  ];
  for (const { run } of all) run();
  return went;
}
/** Paths of the router, `:name?` left out and each `:name` anything. */
const routes = [...read('renderer/app/routes.tsx').matchAll(/<Route path="([^"]+)"/g)].map(([, path = '']) => path);
const fits = (route: string, to: string): boolean => {
  const parts = route
    .split('/')
    .filter(Boolean)
    .map((part) => (part.endsWith('?') ? '(?:/[^/]+)?' : part.startsWith(':') ? '/[^/]+' : `/${part}`));
  return new RegExp(`^${parts.join('') || '/'}$`).test(to.replace(/[?#].*$/, ''));
};
/** Pages that open one thing which another page has chosen, and what is opened with a file. */
const behind: Record<string, string> = {
  '/templates/:what/:namespace/:name': 'editing one template: from /templates',
  '/containers/:kind/:namespace/:name/:tab?': 'one Pod or workload: from /containers',
  '/labs/-/open/:file': 'a file that the system opens',
  '/labs/:name/file': 'the text of one lab: from its page',
};

test('the palette reaches every page of the router', () => {
  const went = reached();
  expect(routes.length).toBeGreaterThan(25);
  const never = routes.filter((route) => !went.some((to) => fits(route, to)));
  expect(never.sort()).toEqual(Object.keys(behind).sort());
});
test('every section of the settings, and every tab of activity, storage and templates', () => {
  const went = new Set(reached());
  const names = (file: string, from: RegExp): string[] =>
    [...(from.exec(read(file))?.[1] ?? '').matchAll(/^\s*([a-z]+):|'([a-z]+)'/gm)].map(
      ([, key, text]) => key ?? text ?? '',
    );
  const settings = names('renderer/features/settings/settings-page.tsx', /const sections = \{([^}]+)\}/);
  expect(settings.length).toBeGreaterThan(8);
  expect(settings.filter((name) => name !== 'general' && !went.has(`/settings/${name}`))).toEqual([]);
  const storage = names('renderer/features/storage/storage-page.tsx', /const tabs = \[([^\]]+)\]/);
  expect(storage).toEqual(['disks', 'orphaned', 'bin']);
  expect(storage.filter((name) => name !== 'disks' && !went.has(`/storage/${name}`))).toEqual([]);
});
test('what an entry leads to is a page of the router', () => {
  // The first-run wizard stands beside the router.
  const lost = reached().filter((to) => !/^\/setup(\/|$)/.test(to) && !routes.some((route) => fits(route, to)));
  expect(lost).toEqual([]);
}); // prettier-ignore
