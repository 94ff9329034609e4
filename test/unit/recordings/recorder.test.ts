import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labMarks } from '../../../main/backend/recordings/lab-marks.ts';
import { changedArea, compose, createShots } from '../../../main/backend/recordings/pictures.ts';
import { openReader } from '../../../main/backend/recordings/reader.ts';
import { record } from '../../../main/backend/recordings/recorder.ts';
import type { Limits, RecordedThings, Recorder } from '../../../main/backend/recordings/recorder.ts';
import type { Picture } from '../../../main/contract/consoles.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import { createQueue } from '../../../main/contract/queue.ts';
import { folder, noise, pixels, png, silent, withBlock } from './lab.ts';

const web = { namespace: 'default', name: 'web' };
const db = { namespace: 'default', name: 'db' };
async function lab(more: { limits?: Partial<Limits>; from?: Partial<RecordedThings> } = {}) {
  const path = join(await folder(), 'a.hearthrec.part');
  const startedAt = new Date();
  const consoles = [createQueue<Uint8Array>(), createQueue<Uint8Array>()];
  const pictures = createQueue<Picture[]>();
  const closed: number[] = [];
  const recorder: Recorder = await record({
    path,
    header: { hearthrec: 1, startedAt: startedAt.toISOString(), machines: [web, db] },
    from: {
      serial: async ({ name }) => {
        const machine = name === 'web' ? 0 : 1;
        return { readable: consoles[machine]!, write: async () => undefined, close: () => { closed.push(machine); consoles[machine]?.end(); } };
      },
      pictures: async function* (_wanted, signal) {
        signal.addEventListener('abort', () => pictures.end());
        yield* pictures;
      },
      taskTitle: () => undefined,
      ...more.from,
    },
    limits: { bytes: 1e9, minutes: 60, keepFree: 0, free: async () => 1e12, lookMs: 200, ...more.limits },
    changed: () => undefined,
    log: silent,
  }); // prettier-ignore
  const say = (machine: number, text: string): void => consoles[machine]?.push(Buffer.from(text));
  const show = (ref: typeof web, base64: string, after: number): void =>
    pictures.push([{ ...ref, png: base64, at: new Date(startedAt.getTime() + after).toISOString() }]);
  return { path, recorder, say, show, pictures, closed, consoles };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('recording', () => {
  it('keeps what came, with its time, so that a picture at t is the screenshot at t', async () => {
    const { path, recorder, say, show, closed } = await lab();
    const first = noise(200, 120);
    const second = withBlock(first, 30, 40, 20, 0x00ff00);
    const other = noise(64, 64, 7);
    say(0, 'boot\r\n');
    show(web, await png(first), 100);
    show(db, await png(other), 150);
    show(web, await png(second), 400);
    await settled();
    recorder.mark('note', 'Look\nhere');
    say(1, 'login: ');
    await settled();
    await recorder.finish();
    expect(closed).toEqual([0, 1]);
    const reader = await openReader(path);
    await reader.check();
    const [before, after] = [await reader.moment(399), await reader.moment(400)];
    expect((await pixels(before.machines[0]?.png)).colours).toEqual(first.colours);
    expect((await pixels(after.machines[0]?.png)).colours).toEqual(second.colours);
    expect((await pixels(after.machines[1]?.png)).colours).toEqual(other.colours);
    const { events } = await reader.events(0, 100_000);
    const parts = events.filter((each) => each.kind === 'picture');
    expect(parts.map(({ t, machine, at }) => [t, machine, at])).toEqual([[100, 0, undefined], [150, 1, undefined], [400, 0, { x: 30, y: 40 }]]); // prettier-ignore
    expect(events.filter((each) => each.kind === 'serial').map(({ machine, data }) => [machine, Buffer.from(data, 'base64').toString()])).toEqual([[0, 'boot\r\n'], [1, 'login: ']]); // prettier-ignore
    expect(await reader.marks()).toMatchObject([{ kind: 'note', text: 'Look here' }]);
    expect(reader.index.end?.cut).toBeUndefined();
  });

  it.each([
    [{ bytes: 10 }, 'largest size'],
    [{ minutes: 0 }, 'longest time'],
    [{ keepFree: 10, free: async () => 5 }, 'no more room'],
  ])('ends at its limit %o and says so', async (limits, words) => {
    const { path, recorder, say } = await lab({ limits });
    say(0, 'hello');
    await recorder.over;
    expect((await openReader(path)).index.end?.cut).toContain(words);
  });

  it('goes on without what a target does not give, says so, and ends when nothing is left of it', async () => {
    const { path, recorder, consoles } = await lab({ from: { pictures: { why: 'No pictures here.' } } });
    consoles[0]?.push(Buffer.from('a'));
    consoles[1]?.end(new Error('no serial console'));
    await settled();
    consoles[0]?.end();
    await recorder.over;
    const reader = await openReader(path);
    expect((await reader.marks()).map(({ text }) => text)).toEqual(['No pictures: No pictures here.', 'The serial console of db is not heard: no serial console']); // prettier-ignore
    expect(reader.index.end?.cut).toBe('The target went away.');
  });

  it('does not begin over another file', async () => {
    const { path, recorder } = await lab();
    await recorder.finish();
    await expect(record({ path, header: recorder.header, from: {} as RecordedThings, limits: {} as Limits, changed() {}, log: silent })).rejects.toThrow('EEXIST'); // prettier-ignore
    expect(await readdir(join(path, '..'))).toHaveLength(1);
  });
});

describe('pictures', () => {
  it('are kept whole where that is as good, in part where a part changed, and not where none did', async () => {
    const shots = createShots();
    const small = Buffer.from(await png(noise(8, 8)), 'base64');
    expect(await shots.next(small)).toEqual({ png: small });
    const a = noise(200, 200);
    const b = withBlock(a, 190, 0, 10, 1);
    const c = noise(200, 200, 99);
    const bytes = async (picture: typeof a) => Buffer.from(await png(picture), 'base64');
    const kept = [await shots.next(await bytes(a)), await shots.next(await bytes(b)), await shots.next(await bytes(b)), await shots.next(await bytes(c))]; // prettier-ignore
    expect(kept.map((shot) => shot && (shot.at ?? 'whole'))).toEqual(['whole', { x: 190, y: 0 }, undefined, 'whole']);
    const [first, second] = kept;
    expect((await pixels((await compose([first!, second!]))?.toString('base64'))).colours).toEqual(b.colours);
    expect(await compose([second!])).toBeUndefined();
  });

  it('differ in the smallest rectangle', () => {
    const a = noise(30, 30);
    expect(changedArea(a, a)).toBeUndefined();
    const b = withBlock(withBlock(a, 3, 5, 1, 1), 20, 9, 2, 1);
    expect(changedArea(a, b)).toEqual({ x: 3, y: 5, width: 19, height: 6 });
  });
});

describe('marks of a lab', () => {
  const step = (id: string, state: string, ...checks: string[]) => ({ id, title: `Step ${id}`, state, checks: checks.map((each) => ({ state: each })) }); // prettier-ignore
  const run = (steps: object[], more: object = {}) => ({ title: 'First', state: 'running', steps, ...more }) as unknown as LabRun; // prettier-ignore
  const marks = (before: LabRun | undefined, after: LabRun | undefined) =>
    labMarks(before, after, (id) => `Task ${id}`).map(({ kind, text }) => `${kind} ${text}`);
  it('tell of steps, what was passed, what was done, and the end', () => {
    const one = run([step('a', 'open', 'failed', 'passed'), step('b', 'closed')]);
    const two = run([step('a', 'open', 'passed', 'passed'), step('b', 'closed')], { taskId: '7' });
    const three = run([step('a', 'passed', 'passed'), step('b', 'open')], { taskId: '7' });
    expect(marks(undefined, one)).toEqual(['opened 1. Step a']);
    expect(marks(one, one)).toEqual([]);
    expect(marks(one, two)).toEqual(['action Task 7', 'passed Passed: Step a']);
    expect(marks(two, three)).toEqual(['opened 2. Step b']);
    expect(marks(three, run([step('a', 'passed'), step('b', 'skipped')], { state: 'finished' }))).toEqual(['skipped Skipped: Step b', 'note "First" is done']); // prettier-ignore
    expect(marks(two, run([step('a', 'open', 'failed')], { state: 'rewinding', taskId: '8' }))).toEqual(['back Task 8']); // prettier-ignore
    expect(marks(one, undefined)).toEqual(['note "First" ended']);
  });
});
