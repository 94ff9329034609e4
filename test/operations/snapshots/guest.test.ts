import { setTimeout as delay } from 'node:timers/promises';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page as Tab } from 'playwright-core';
import { converse } from '../../../main/cli/expect.ts';
import { askAgent } from '../../../main/embedded/machine/qemu/agent.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { RestoreSnapshot, SnapshotTree } from '../../../main/contract/snapshots.ts';
import { rowOf, serialShell, starterMachine, taskDone } from '../../e2e/support/guest.ts';
import type { Shell } from '../../e2e/support/guest.ts';
import { axeInBothThemes, guestsOf, Lab } from '../../e2e/support/lab.ts';

let lab: Lab;
let api: Api;
let tab: Tab;
let shell: Shell;
const of = { namespace: 'default', name: 'keeper' };

beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  await starterMachine(api, of.name);
  shell = await serialShell(api, of);
}, 240_000);
afterAll(() => lab.end());

const running = (name: string) => rowOf(api, name, (row) => row.tone === 'running');
const tree = async (holds: (found: SnapshotTree) => boolean): Promise<SnapshotTree> => {
  for await (const found of api.snapshots.watch(of)) if (holds(found)) return found;
  throw new Error('no such tree came');
};
const treeOf = () => tree(() => true);
const take = async (snapshot: string, memory = false): Promise<void> => {
  await taskDone(
    api,
    (await api.snapshots.take({ ...of, snapshot, description: `the ${snapshot} one`, memory })).taskId,
  );
};
const restore = async (input: Partial<RestoreSnapshot> & { snapshot: string }): Promise<void> => {
  await taskDone(api, (await api.snapshots.restore({ ...of, stop: true, start: true, ...input })).taskId);
};
const write = (text: string) => shell.run(`echo ${text} > ~/kept; sync`);
const read = async (): Promise<string> => (await shell.run('cat ~/kept')).split('\n')[0] ?? '';

let asked = 0;
/** A session that is logged in already: what runs in it is asked. The scrollback comes first, so each question has its own mark. */
async function sameShell(question: string, patience = 60_000): Promise<string> {
  const line = converse(await api.consoles.serial(of));
  asked += 1;
  await line.send(`\necho "be""gin${asked}"; ${question}; echo "en""d${asked}"\n`);
  try {
    const text = await line.expect(new RegExp(`begin${asked}\\r?\\n[^]*end${asked}\\r?\\n`), patience);
    return text.slice(text.lastIndexOf(`begin${asked}`));
  } finally {
    line.close();
  }
}

describe('a guest that is really there', () => {
  test('an online snapshot: the file of before is back', async () => {
    await write('first');
    await take('online');
    expect(await read()).toBe('first');
    await write('second');
    expect(await read()).toBe('second');
    shell.close();
    await restore({ snapshot: 'online' });
    await running(of.name);
    shell = await serialShell(api, of);
    expect(await read()).toBe('first');
    const tree = await treeOf();
    expect(tree).toMatchObject({ here: 'online', running: true });
    expect(tree.rows).toMatchObject([{ name: 'online', state: 'ready', description: 'the online one' }]);
    // The volume of cloud-init is made anew at each start: nothing of it is missing.
    expect(tree.excluded).toEqual([]);
  });

  test('with memory: what ran runs again, file and variable are those of the moment', async () => {
    await write('third');
    await shell.run('proof=still-here');
    await shell.run('(sleep 12345 > /dev/null 2>&1 &)');
    await take('moment', true);
    const taken = Date.now();
    await shell.run('proof=changed; kill $(pidof sleep)');
    await write('fourth');
    await delay(taken + 8000 - Date.now());
    await restore({ snapshot: 'moment', memory: true });
    await running(of.name);
    const said = await sameShell('echo $proof; cat ~/kept; pidof sleep >/dev/null && echo run"n"ing');
    expect(said).toContain('still-here');
    expect(said).toContain('third');
    expect(said).toContain('running');
    expect(said).not.toContain('fourth');
    // Its clock would be behind by all the time since the snapshot.
    const behind = async (): Promise<number> => Math.abs(Date.now() / 1000 - Number(/\d{10}/.exec(await sameShell('date +%s'))?.[0])); // prettier-ignore
    await expect.poll(behind, { timeout: 60_000 }).toBeLessThan(4);
    const row = (await treeOf()).rows.find(({ name }) => name === 'moment');
    expect(row).toMatchObject({ parent: 'online' });
    expect(row?.memory).toBeGreaterThan(2 ** 20);
  });

  test('a new machine from it has the file, and a name and address of its own', async () => {
    await restore({ snapshot: 'online', newName: 'second' });
    await running('second');
    const second = { namespace: 'default', name: 'second' };
    const there = await serialShell(api, second);
    expect(await there.run('cat ~/kept')).toContain('first');
    expect(await there.run('hostname')).toContain('second');
    const [mine, other] = await Promise.all([mac(of), mac(second)]);
    expect(other).not.toBe(mine);
    there.close();
    await api.machines.act({ ...second, action: 'delete', deleteDisks: true, mode: 'now' });
  });

  test('delete with merge keeps the data, and a killed engine loses nothing', async () => {
    await taskDone(api, (await api.snapshots.remove({ ...of, snapshot: 'online' })).taskId);
    expect((await treeOf()).rows.map(({ name }) => name)).toEqual(['moment']);
    expect(await sameShell('cat ~/kept')).toContain('third');
    const { taskId } = await api.snapshots.take({ ...of, snapshot: 'cut', description: '', memory: true });
    const [engine] = guestsOf(lab.dataDir, 'node').filter(({ argv }) => argv.some((part) => /engine\.js|embedded\/main\.ts/.test(part))); // prettier-ignore
    process.kill(engine!.pid, 'SIGKILL');
    // Whether it was taken or never begun depends on the moment; the guest must not notice either way.
    await taskDone(api, taskId).catch(() => undefined);
    await expect
      .poll(
        () =>
          sameShell('true', 4000).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true);
    expect(await sameShell('cat ~/kept; echo $proof')).toContain('still-here');
  });
});

async function mac(ref: { namespace: string; name: string }): Promise<string | undefined> {
  for await (const detail of api.machines.detail(ref)) return detail.interfaces[0]?.mac;
  return undefined;
}

describe('the agent of the guest', () => {
  const frozen = (): Promise<boolean> =>
    sameShell('(echo x > ~/probe; sync; echo wr"i"tten) & sleep 2', 20_000).then((said) => !said.includes('written'));
  const engine = () => guestsOf(lab.dataDir, 'node').filter(({ argv }) => argv.some((part) => /engine\.js|embedded\/main\.ts/.test(part)))[0]; // prettier-ignore
  /** Asks it as the engine does, on its socket. */
  const agent = async <T>(command: string): Promise<T> => {
    const qemu = guestsOf(lab.dataDir).find(({ argv }) => argv.some((part) => part.startsWith(`guest=${of.name},`)));
    const path = /path=([^,]+\.qga)/.exec(qemu?.argv.join(' ') ?? '')?.[1] ?? '';
    return askAgent(path, (ask) => ask<T>(command));
  };
  const status = () => agent<string>('guest-fsfreeze-status');

  test('freezes for a snapshot and thaws after it', async () => {
    await take('quiet');
    const row = (await treeOf()).rows.find(({ name }) => name === 'quiet');
    expect(row?.guest).toBe('frozen');
    expect(await status()).toBe('thawed');
    expect(await frozen()).toBe(false);
  });

  test('says when it could not freeze', async () => {
    // Frozen by somebody else: the agent refuses a second time.
    await agent('guest-fsfreeze-freeze');
    await take('refused');
    const row = (await treeOf()).rows.find(({ name }) => name === 'refused');
    expect(row?.guest).toBe('crash');
    expect(await status()).toBe('thawed');
  });

  test('is thawed by the next engine where one was killed while it was frozen', async () => {
    await agent('guest-fsfreeze-freeze');
    for (const folder of readdirSync(join(lab.dataDir, 'engine/machines')))
      if (existsSync(join(lab.dataDir, 'engine/machines', folder, 'machine.json')))
        writeFileSync(join(lab.dataDir, 'engine/machines', folder, 'held.json'), '{"frozen":true,"stopped":false}');
    expect(await status()).toBe('frozen');
    process.kill(engine()!.pid, 'SIGKILL');
    await expect.poll(status, { timeout: 60_000, interval: 1000 }).toBe('thawed');
    expect(await frozen()).toBe(false);
  });
});

describe('the page', () => {
  test('shows the tree, and takes a snapshot by keyboard alone', async () => {
    tab = await lab.open(`/machines/default/${of.name}/snapshots`);
    await tab.getByText('You are here').waitFor();
    await tab.getByRole('button', { name: 'Take a snapshot' }).focus();
    await tab.keyboard.press('Enter');
    await tab.getByLabel('Name', { exact: true }).fill('by-hand');
    await tab.keyboard.press('Enter');
    await tab.getByText('by-hand', { exact: true }).waitFor();
    await tree((found) => found.rows.some(({ name, state }) => name === 'by-hand' && state === 'ready'));
    expect(await axeInBothThemes(tab)).toEqual([]);
    expect(lab.complaints).toEqual([]);
  });
});
