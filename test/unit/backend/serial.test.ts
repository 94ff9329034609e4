import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSerial, scrollback } from '../../../main/backend/consoles/serial.ts';
import type { SerialConsole } from '../../../main/backend/consoles/serial.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
let folder: string;
let file: string;
let opened: SerialConsole[] = [];
/** The machine's end of each connection that was made. */
let guests: Duplex[] = [];
let off = false;

const open = async (): Promise<SerialConsole> => {
  const serial = await openSerial({
    file,
    log,
    unused: () => undefined,
    connect: async () => {
      if (off) throw new Error('VMI is not running');
      const [ours, theirs] = duplexPair();
      guests.push(theirs);
      return ours;
    },
  });
  opened.push(serial);
  return serial;
};
const guest = async (number: number): Promise<Duplex> => {
  await expect.poll(() => guests.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(number);
  return guests[number - 1]!;
};
/** Reads until the text was seen; the rest stays. */
async function read(pipe: BytePipe, wanted: string): Promise<string> {
  let text = '';
  const reader = pipe.readable[Symbol.asyncIterator]();
  while (!text.includes(wanted)) {
    const next = await reader.next();
    if (next.done) throw new Error(`ended after ${JSON.stringify(text)}`);
    text += Buffer.from(next.value).toString();
  }
  return text;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-serial-'));
  file = join(folder, 'consoles', 'u1.log');
  [opened, guests, off] = [[], [], false];
});
afterEach(async () => {
  for (const serial of opened) await serial.close();
  await rm(folder, { recursive: true });
});

test('one connection, several viewers; a late one gets the scrollback first', async () => {
  const serial = await open();
  const first = serial.attach();
  const machine = await guest(1);
  machine.write('login: ');
  await read(first, 'login: ');
  const second = serial.attach();
  expect(await read(second, 'login: ')).toBe('login: ');
  const typed = new Promise((resolve) => machine.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  await second.write(Buffer.from('root\n'));
  expect(await typed).toBe('root\n');
  machine.write('Password: ');
  expect([await read(first, ': '), await read(second, ': ')]).toEqual(['Password: ', 'Password: ']);
  expect(guests).toHaveLength(1);
});

test('the scrollback outlives us and the file is private', async () => {
  const serial = await open();
  const viewer = serial.attach();
  (await guest(1)).write('before the restart\n');
  await read(viewer, 'restart');
  await serial.close();
  expect(await readFile(file, 'utf8')).toBe('before the restart\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const again = await open();
  expect(again.text()).toEqual({ text: 'before the restart\n', truncated: false });
});

test('a machine that goes and comes back is connected again; typing meanwhile says so and ends nothing', async () => {
  const serial = await open();
  const viewer = serial.attach();
  const machine = await guest(1);
  machine.write('one ');
  await read(viewer, 'one');
  off = true;
  machine.end();
  let told = '';
  const telling = read(viewer, 'does not listen').then((text) => (told = text));
  await expect
    .poll(async () => {
      await viewer.write(Buffer.from('x'));
      return told;
    })
    .toContain('does not listen');
  await telling;
  off = false;
  (await guest(2)).write('two ');
  await read(viewer, 'two');
});

test('a viewer that does not read holds neither the machine nor the others back, and costs bounded memory', async () => {
  const serial = await open();
  const lazy = serial.attach();
  const eager = serial.attach();
  const machine = await guest(1);
  const total = 16 * scrollback;
  let seen = 0;
  const reading = (async () => {
    for await (const chunk of eager.readable) {
      seen += chunk.length;
      if (seen >= total) return;
    }
  })();
  for (let sent = 0; sent < total; sent += 65_536)
    if (!machine.write(Buffer.alloc(65_536, 'x'))) await new Promise((resolve) => machine.once('drain', resolve));
  await reading;
  expect(serial.text().text).toHaveLength(scrollback);
  expect(serial.text().truncated).toBe(true);
  machine.write('end');
  let kept = 0;
  for await (const chunk of lazy.readable) {
    kept += chunk.length;
    if (Buffer.from(chunk).toString().endsWith('end')) break;
    if (kept > 4 * scrollback) break;
    machine.write('end');
  }
  expect(kept).toBeLessThan(3 * scrollback);
});

test('what is typed while the console is being opened reaches the machine', async () => {
  const opening = Promise.withResolvers<Duplex>();
  const serial = await openSerial({ file, log, unused: () => undefined, connect: () => opening.promise });
  opened.push(serial);
  const page = serial.attach();
  const typed = page.write(Buffer.from('early\n'));
  const [ours, theirs] = duplexPair();
  opening.resolve(ours);
  await typed;
  expect(String(theirs.read())).toBe('early\n');
});

test('a console that will not open for good tells everybody who looks or comes, and is not tried again', async () => {
  let tries = 0;
  const unused = vi.fn();
  const why = new ProblemError({ code: 'target-forbidden', title: 'Not allowed', detail: 'no right', kind: 'denied' });
  const serial = await openSerial({
    file, log, unused,
    connect: async () => {
      tries += 1;
      throw tries === 1 ? new Error('VMI is not running') : why;
    },
    forGood: async (error) => (error === why ? why : undefined),
  }); // prettier-ignore
  opened.push(serial);
  const page = serial.attach();
  const end = read(page, 'never').catch((error: unknown) => error);
  serial.retry();
  expect(await end).toBe(why);
  expect(unused).toHaveBeenCalledOnce();
  await expect(read(serial.attach(), 'never')).rejects.toBe(why);
  serial.retry();
  await page.write(Buffer.from('typed'));
  expect(tries).toBe(2);
});
