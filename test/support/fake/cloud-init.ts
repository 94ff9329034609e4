import type { Api } from '../../../main/contract/contract.ts';
import type { FirstBoot, MachineCloudInit, Snippet } from '../../../main/contract/cloud-init.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import builtIn from '../../../assets/cloud-init/snippets.json' with { type: 'json' };
import { FakeList } from './live.ts';
import { undoable } from './undo.ts';

type Answer = <T>(what: string, value: T) => Promise<T>;
type Live = <T>(updates: AsyncIterable<T>) => AsyncIterable<T>;

/** cloud-init of the preview: a check that knows a few mistakes, three machines with a result, the shipped snippets and one more. */
export function fakeCloudInit(answer: Answer, live: Live, machines: readonly MachineRow[]): Api['cloudInit'] {
  const data = new Map<string, MachineCloudInit>();
  const results = new FakeList<FirstBoot>(rowKeys.firstBoot, machines.slice(0, 3).map(resultOf));
  const own: Snippet = {
    id: 'house-rules',
    title: 'House rules',
    description: 'What every machine of this house gets.',
    text: '#cloud-config\ntimezone: Europe/Vienna\npackages:\n  - htop\n',
    builtIn: false,
    asks: [],
  };
  const shipped = builtIn.map((each): Snippet => ({ ...each, asks: each.asks ?? [], builtIn: true }));
  const snippets = new FakeList<Snippet>(rowKeys.snippet, [...shipped, own]);
  const dataOf = (key: string): MachineCloudInit =>
    data.get(key) ?? {
      type: 'cloudInitNoCloud',
      place: 'secret',
      secrets: [`${key.split('/')[1]}-cloud-init`],
      userData:
        '#cloud-config\n# The web server of the house\nhostname: web\nuser: ada\nssh_pwauth: true\npackages: # more in the wiki\n  - nginx\nruncmd:\n  - echo hello > /etc/motd\n',
      networkData: '',
      instanceId: 'c2f0a1de-6f1c-4b7e-9d55-0b8d6c1a2f10',
      starter: false,
      nics: [{ name: 'default', network: 'pod', current: '02:9a:11:22:33:44' }],
      version: '1',
    };
  return {
    check: ({ userData, networkData = '' }) => {
      const lines = userData.split('\n');
      const wrong = lines.findIndex((line) => line.startsWith('hostnam:'));
      return answer('Checking', {
        format: userData.startsWith('#cloud-config') ? ('cloud-config' as const) : ('unknown' as const),
        bytes: userData.length,
        place: userData.length + networkData.length > 2048 ? ('secret' as const) : ('inline' as const),
        networkData: [],
        userData:
          wrong >= 0
            ? [{ severity: 'warning' as const, line: wrong + 1, column: 1, message: 'cloud-init knows no key "hostnam"; did you mean "hostname"?' }]
            : [],
      }); // prettier-ignore
    },
    hashPassword: () => answer('Hashing', { hash: `$6$preview$${'x'.repeat(86)}` }),
    importKeys: ({ from }) =>
      answer('Fetching keys', { keys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPreview ${from}`] }),
    read: ({ namespace, name }) => answer('Reading', dataOf(`${namespace}/${name}`)),
    write: async ({ namespace, name, userData, networkData }) => {
      const key = `${namespace}/${name}`;
      const before = dataOf(key);
      data.set(key, { ...before, userData, networkData, version: String(Number(before.version) + 1) });
      return answer('Writing', { namespace, name });
    },
    runAgain: () => answer('A new instance', { instanceId: crypto.randomUUID(), restartNeeded: true }),
    results: (_input, o) => live(results.watch(o?.signal)),
    snippets: (_input, o) => live(snippets.watch(o?.signal)),
    saveSnippet: async (input) => {
      await answer('Saving', undefined);
      snippets.put({ ...input, description: input.description ?? '', builtIn: false, asks: [] });
    },
    removeSnippet: async ({ id }) => {
      await answer('Removing', undefined);
      const row = snippets.rows.get(id);
      snippets.remove(id);
      return undoable(() => row && snippets.put(row));
    },
  };
}

function resultOf({ namespace, name }: MachineRow, index: number): FirstBoot {
  const base = { namespace, name, by: 'cloud-init 25.1.4' };
  if (index === 1)
    return {
      ...base,
      state: 'error',
      seconds: 58.3,
      endedAt: '2026-11-20T10:01:12.000Z',
      problems: [
        { severity: 'error', part: 'packages', text: "Failure when attempting to install packages: ['ngnix']" },
        { severity: 'error', part: 'runcmd', text: 'Failed to run module scripts_user (scripts in /var/lib/cloud/instance/scripts)' },
      ],
    }; // prettier-ignore
  return index === 0
    ? { ...base, state: 'done', seconds: 41.2, endedAt: '2026-11-20T10:01:12.000Z', problems: [] }
    : { ...base, state: 'running', problems: [] };
}
