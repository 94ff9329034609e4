import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunLine } from '../../../main/contract/appliance.ts';
import { createRunLogs } from '../../../main/backend/provision/log-lines.ts';
import { applianceId, openRecords } from '../../../main/backend/provision/record.ts';
import type { ApplianceRecord } from '../../../main/backend/provision/record.ts';
import { quiet, settings } from '../../support/provision/stand-ins.ts';

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'hearth-records-')), 'appliances');
});
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }));
const never = new AbortController().signal;

const record = (id: string): ApplianceRecord => ({
  version: 1, id, name: id, place: { type: 'local' }, placeTitle: 'this computer', settings: settings(), versions: {},
  digests: {}, steps: [], state: 'half', ladder: [], backups: [], stoppedMachines: [], stopped: false, targetId: id,
  createdAt: '2026-11-21T00:00:00.000Z', updatedAt: '2026-11-21T00:00:00.000Z',
}); // prettier-ignore

describe('records', () => {
  it('are read back as they were written, 0600, in a folder for this user alone', async () => {
    const first = await openRecords(root, quiet);
    await first.put(record('one'));
    await Promise.all([first.change('one', { state: 'whole' }), first.change('one', { stopped: true })]);
    const again = await openRecords(root, quiet);
    expect(again.get('one')).toMatchObject({ state: 'whole', stopped: true });
    expect(statSync(join(root, 'one.json')).mode & 0o777).toBe(0o600);
    expect(statSync(root).mode & 0o777).toBe(0o700);
    await again.forget('one');
    expect((await openRecords(root, quiet)).list()).toEqual([]);
  });
  it.each(['', '{', '[]', '{"version":2}'])('a damaged one (%j) is set aside, and the others stay', async (text) => {
    const first = await openRecords(root, quiet);
    await first.put(record('good'));
    writeFileSync(join(root, 'bad.json'), text);
    const again = await openRecords(root, quiet);
    expect(again.list().map(({ id }) => id)).toEqual(['good']);
    expect(again.damaged).toEqual([join(root, 'bad.json')]);
    const aside = readdirSync(root).find((name) => name.startsWith('bad.json.corrupt-')) ?? '';
    expect(readFileSync(join(root, aside), 'utf8')).toBe(text);
  });
  it('what another process wrote is seen, and is not undone by the next change here', async () => {
    const [mine, other] = [await openRecords(root, quiet), await openRecords(root, quiet)];
    await other.put(record('new'));
    expect(mine.get('new')).toBeUndefined();
    expect(await mine.refresh()).toEqual(['new']);
    expect(await mine.refresh()).toEqual([]);
    await other.change('new', { state: 'whole' });
    const pending = mine.put(record('own'));
    expect(await mine.refresh()).toEqual(['new']);
    await pending;
    await mine.change('new', { stopped: true });
    expect((await openRecords(root, quiet)).get('new')).toMatchObject({ state: 'whole', stopped: true });
    await other.forget('new');
    expect(await mine.refresh()).toEqual(['new']);
    expect(mine.list().map(({ id }) => id)).toEqual(['own']);
  });
  it('a machine is the same one however its name is written', () => {
    const at = (host: string): string =>
      applianceId({ type: 'ssh', host, port: 22, user: 'me', auth: { by: 'agent' } });
    expect(at('Box.lan')).toBe(at('box.lan'));
    expect(at('box-lan')).not.toBe(at('box.lan'));
  });
  it('nothing is changed in one that is gone', async () => {
    const records = await openRecords(root, quiet);
    await records.change('gone', { state: 'whole' });
    expect(records.list()).toEqual([]);
    expect(() => records.need('gone')).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'no-such-appliance' }) }),
    );
  });
});

describe('logs of runs', () => {
  const texts = async (watched: AsyncIterable<RunLine[]>): Promise<string[]> => {
    const all: string[] = [];
    for await (const lines of watched) all.push(...lines.map(({ text }) => text));
    return all;
  };
  it('are told as they come, and read from disk afterwards', async () => {
    mkdirSync(root, { recursive: true });
    const logs = createRunLogs(root);
    const log = logs.open('task-1', join(root, 'one'));
    log.add('info', 'first', 'Step');
    const live = texts(logs.watch('task-1', never));
    log.add('error', 'second');
    await log.end();
    expect(await live).toEqual(['first', 'second']);
    const later: RunLine[] = [];
    for await (const lines of createRunLogs(root).watch('task-1', never)) later.push(...lines);
    expect(later).toMatchObject([
      { level: 'info', text: 'first', step: 'Step' },
      { level: 'error', text: 'second' },
    ]);
  });
  it('leave a line out that a crash cut short', async () => {
    mkdirSync(root, { recursive: true });
    const log = createRunLogs(root).open('task-1', join(root, 'one'));
    log.add('info', 'whole');
    await log.end();
    appendFileSync(join(root, 'one', 'runs', 'task-1.jsonl'), '{"at":"2026');
    expect(await texts(createRunLogs(root).watch('task-1', never))).toEqual(['whole']);
  });
  it('are bounded in lines, in length, and in number', async () => {
    mkdirSync(root, { recursive: true });
    const logs = createRunLogs(root);
    for (let run = 0; run < 34; run += 1) {
      const log = logs.open(`task-${run}`, join(root, 'one'));
      for (let line = 0; line < (run === 33 ? 7000 : 1); line += 1) log.add('info', 'x'.repeat(run === 33 ? 10 : 9000));
      await log.end();
    }
    expect(readdirSync(join(root, 'one', 'runs')).length).toBe(30);
    expect(await texts(logs.watch('task-33', never))).toHaveLength(5000);
    expect((await texts(logs.watch('task-32', never)))[0]).toHaveLength(2000);
  });
  it.each(['../one/runs/task', 'gone', '', 'a/b'])('there is none of %j', async (id) => {
    mkdirSync(root, { recursive: true });
    await expect(texts(createRunLogs(root).watch(id, never))).rejects.toMatchObject({
      problem: { code: 'no-such-run' },
    });
  });
});
