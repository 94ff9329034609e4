import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converse } from '../../../main/cli/expect.ts';
import type { SeatRow } from '../../../main/contract/classroom.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { taskDone, withStarter } from '../../e2e/support/guest.ts';
import { problemOf as thrownOf } from '../../support/classroom/hearths.ts';
import { startHearth, temporaryDataDir, until as rowsUntil } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import { hearthCommand } from '../../support/labs/cli.ts';
import type { Ended } from '../../support/labs/cli.ts';
import { until } from '../../support/operations/lab.ts';
import { starterImage } from '../../support/starter.ts';

// Three whole Hearths on loopback: a teacher, a seat whose lab has a real guest, and one whose lab has an empty machine.
// Whatever `hearth class` can do is done by it.

const lab = (machine: string): string => `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: two, title: Two steps, summary: Two steps on one machine., minutes: 5, level: beginner }
${machine.includes('image') ? 'images: [{ name: starter, use: starter }]\n' : ''}machines: [${machine}]
steps:
  - { id: first, title: The first, text: Go on., checks: [{ id: gone, title: Words are there, message: They are not., every: 500ms, api: { kind: ConfigMap, name: words } }], solution: [{ wait: { time: 1s } }], score: 20 }
  - { id: second, title: The second, text: The last., checks: [{ id: more, title: More are there, message: They are not., every: 500ms, api: { kind: ConfigMap, name: more } }], solution: [{ wait: { time: 1s } }], score: 10 }
`;
const guest = '{ name: web, image: starter, memory: 128Mi, firmware: bios }';
const empty = '{ name: web, disk: 16Mi, memory: 64Mi }';

interface Running {
  data: ReturnType<typeof temporaryDataDir>;
  hearth: Hearth;
  page: Page;
}
const running: Running[] = [];
async function start(data = temporaryDataDir()): Promise<Running> {
  const hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  const page = await hearth.page();
  await until(page.api.target.watch({}), ({ state }) => state === 'ready');
  return { data, hearth, page };
}
let [teacher, ada, ben]: Running[] = [];
const there = (who: Running | undefined): Running => {
  if (!who) throw new Error('it does not run');
  return who;
};
const of = (who: Running | undefined) => there(who).page.api;
/** `hearth class ...` on somebody's data. */
const classOf = (who: Running | undefined, ...args: string[]): Promise<Ended> =>
  hearthCommand(['class', ...args, '--data-dir', there(who).data.path]);
const seats = async (fits: (rows: SeatRow[]) => boolean, ms?: number): Promise<SeatRow[]> => [...(await rowsUntil(of(teacher).classroom.seats({}), rowKeys.seat, (rows) => fits([...rows.values()]), ms)).values()]; // prettier-ignore
const seatOf = async (name: string, fits: (row: SeatRow) => boolean = () => true, ms?: number): Promise<SeatRow> => (await seats((rows) => rows.some((row) => row.name === name && fits(row)), ms)).find((row) => row.name === name) as SeatRow; // prettier-ignore
const idOf = async (name: string): Promise<string> => (await seatOf(name)).id;

async function runLab(who: Running | undefined, machine: string): Promise<void> {
  const folder = join(there(who).data.path, 'development');
  mkdirSync(join(folder, 'two'), { recursive: true });
  writeFileSync(join(folder, 'two', 'lab.yaml'), lab(machine));
  const api = of(who);
  await api.settings.update({ labFolder: folder });
  await rowsUntil(api.labs.watch({}), rowKeys.lab, (rows) => rows.has('two'));
  const { taskId } = await api.labs.start({ lab: 'two' });
  await taskDone(api, taskId);
  await until(api.labs.run({ lab: 'two' }), (run) => run?.state === 'running');
}

beforeAll(async () => {
  const image = await starterImage();
  const forAda = temporaryDataDir();
  for (const from of [image, image.replace(/qcow2$/, 'json')]) cpSync(from, join(forAda.path, 'starter', basename(from))); // prettier-ignore
  for (const data of [temporaryDataDir(), forAda, temporaryDataDir()]) running.push(await start(data));
  [teacher, ada, ben] = running;
  await withStarter(of(ada));
}, 240_000);
afterAll(async () => {
  // Also where one of them did not come up.
  for (const { page, hearth, data } of running) {
    page.close();
    await hearth.stop();
    data.remove();
  }
}, 120_000);

test('a class is opened, two seats join by the code, and one with another code does not', async () => {
  expect(await classOf(teacher, 'status')).toMatchObject({ code: 0, out: 'No class is held here, and this Hearth is in none.\n' }); // prettier-ignore
  const opened = await classOf(teacher, 'open', 'Networks', '--teacher', 'Ms Byron', '--port', '0');
  expect(opened).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Networks \(Ms Byron\)\n {2}address: \S+:\d+.*\n {2}code: {4}\d{8}, until \S+\n$/) }); // prettier-ignore
  const address = `127.0.0.1:${/address: \S+?:(\d+)/.exec(opened.out)?.[1]}`;
  const code = /code: +(\d{8})/.exec(opened.out)?.[1] ?? '';
  const wrong = `${(Number(code[0]) + 1) % 10}${code.slice(1)}`;
  expect(await classOf(ben, 'join', address, '--code', wrong, '--name', 'Ben')).toMatchObject({ code: 1, err: expect.stringContaining('This is not the code of the class') }); // prettier-ignore
  expect(await classOf(ada, 'join', address, '--code', code, '--name', 'Ada')).toEqual({ code: 0, err: '', out: 'Ada in Networks (Ms Byron), here\n' }); // prettier-ignore
  await of(ben).classroom.join({ address, code, name: 'Ben' });
  await seats((rows) => rows.length === 2 && rows.every(({ state }) => state === 'here'));
});

test('progress appears within two seconds of a check that turned green, a wish for help too', async () => {
  await runLab(ben, empty);
  await runLab(ada, guest);
  await seats((rows) => rows.every(({ now }) => now?.lab?.lab === 'two' && now.lab.step === 0));
  const green = until(of(ada).labs.run({ lab: 'two' }), (run) => run?.steps[0]?.checks[0]?.state === 'passed').then(() => performance.now()); // prettier-ignore
  const seen = seatOf('Ada', ({ now }) => now?.lab?.checks[0]?.state === 'passed').then(() => performance.now());
  await kubeOf(there(ada).hearth.kubeconfig).request('POST', '/api/v1/namespaces/lab-two/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' } }); // prettier-ignore
  const late = (await seen) - (await green);
  console.log(`progress: ${Math.round(late)} ms after the seat's own page`);
  expect(late).toBeLessThan(2000);
  await of(ada).labs.next({ lab: 'two', step: 'first', skip: false });
  expect((await seatOf('Ada', ({ now }) => now?.lab?.step === 1)).now?.lab?.score).toEqual({ reached: 20, of: 30 });
  expect(await classOf(ben, 'help', 'It does not start')).toEqual({ code: 0, err: '', out: '' });
  await seatOf('Ben', ({ now }) => now?.help?.text === 'It does not start', 2000);
  const told = await classOf(teacher, 'status');
  expect(told.out).toContain('Ada\there\tTwo steps, step 2 of 2, 20 of 30 points\n');
  expect(told.out).toContain('Ben\there\tTwo steps, step 1 of 2, 0 of 30 points\twants help: It does not start\n');
  expect((await classOf(ben, 'help')).code).toBe(0);
  await seatOf('Ben', ({ now }) => now?.help === undefined);
});

test('a thumbnail of the guest', async () => {
  const seat = await idOf('Ada');
  const { pictures } = await until(of(teacher).classroom.pictures({}), (each) => each.seat === seat && each.pictures.some(({ png }) => png !== undefined)); // prettier-ignore
  const png = Buffer.from(pictures[0]?.png ?? '', 'base64');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBeLessThanOrEqual(320);
});

test('a console is taken over: what the teacher types reaches the guest, and the person there ends it', async () => {
  const pipe = await of(teacher).classroom.console({ seat: await idOf('Ada'), machine: 'web', kind: 'serial' });
  expect(await until(of(ada).classroom.seat({}), (own) => own?.taken !== undefined)).toMatchObject({ teacher: 'Ms Byron', taken: { machine: 'web', kind: 'serial' } }); // prettier-ignore
  const line = converse(pipe);
  await line.expect(/login: /, 150_000);
  await line.send('somebody\r');
  await line.expect(/somebody[^]*assword: /, 60_000);
  await of(ada).classroom.takeBack({});
  expect(await thrownOf(line.expect(/never said/, 20_000))).toMatchObject({ code: 'console-silent', detail: 'The console closed.' }); // prettier-ignore
  await until(of(ada).classroom.seat({}), (own) => own?.taken === undefined);
  expect(await thrownOf(pipe.write(Buffer.from('x')))).toMatchObject({ code: 'class-taken-back' });
}, 240_000);

test('a checkpoint is pushed: the seat is asked, and its lab goes back', async () => {
  const seat = await idOf('Ada');
  expect(await of(teacher).classroom.sendBack({ seat, lab: 'two', step: 'first' })).toEqual({ asked: true });
  const own = await until(of(ada).classroom.seat({}), (now) => now?.questions.length === 1);
  const { taskId } = await of(ada).classroom.answer({ id: own?.questions[0]?.id ?? '', accept: true });
  await taskDone(of(ada), taskId ?? '');
  await seatOf('Ada', ({ now }) => now?.lab?.step === 0 && now.lab.state === 'running');
  expect(await until(of(ben).labs.run({ lab: 'two' }), () => true)).toMatchObject({ step: 0 });
}, 180_000);

test('the teacher is killed and comes back: so do the seats, without a code', async () => {
  const gone = new Promise((resolve) => teacher?.hearth.process.once('close', resolve));
  teacher?.hearth.process.kill('SIGKILL');
  await gone;
  await until(of(ada).classroom.seat({}), (own) => own?.state === 'away');
  teacher?.page.close();
  teacher = await start(teacher?.data);
  running[0] = teacher;
  const rows = await seats((all) => all.length === 2 && all.every(({ state, now }) => state === 'here' && now?.lab !== undefined)); // prettier-ignore
  expect(rows.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Ben']);
}, 120_000);

test('a seat leaves, and the class ends for the others', async () => {
  expect(await classOf(ben, 'leave')).toEqual({ code: 0, err: '', out: '' });
  await seats((rows) => rows.length === 1);
  expect(JSON.parse((await classOf(teacher, 'status', '--json')).out)).toMatchObject({ held: { name: 'Networks' }, seats: [{ name: 'Ada', state: 'here' }] }); // prettier-ignore
  expect((await classOf(teacher, 'close')).code).toBe(0);
  expect(await until(of(ada).classroom.seat({}), (own) => own?.state === 'over')).toMatchObject({ problem: { code: 'class-ended' } }); // prettier-ignore
  expect((await classOf(ada, 'status')).out).toContain('Ada in Networks (Ms Byron), over\n  The class is over: ');
  expect(await classOf(ben, 'leave')).toMatchObject({ code: 1, err: expect.stringContaining('This Hearth is in no class') }); // prettier-ignore
}, 120_000);
