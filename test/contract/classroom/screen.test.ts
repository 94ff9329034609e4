import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HeldClass } from '../../../main/contract/classroom.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { context, labRun, openHearth, problemOf, until } from '../../support/classroom/hearths.ts';
import type { ClassHearth } from '../../support/classroom/hearths.ts';
import { rfbServer } from '../../support/classroom/rfb-server.ts';

// A screen of a seat as its class has it: the bytes of RFB, both ways, through the connection of the seat.

let teacher: ClassHearth;
let ada: ClassHearth;
let seat: string;
const take = (): Promise<BytePipe> => teacher.api.console({ seat, machine: 'web', kind: 'screen' }, context) as Promise<BytePipe>; // prettier-ignore

beforeAll(async () => {
  [teacher, ada] = await Promise.all([openHearth(), openHearth()]);
  await teacher.api.open({ name: 'Networks', teacher: 'Ms Byron', askFirst: true, port: 0 }, context);
  const { port, code } = (await until(teacher.api.held({}, context), (now) => now?.code !== undefined)) as HeldClass;
  await ada.api.join({ address: `127.0.0.1:${port}`, code: code?.digits ?? '', name: 'Ada' }, context);
  ada.run.set(labRun());
  [seat] = (await teacher.rows((rows) => rows.some(({ now }) => now?.lab !== undefined))).map(({ id }) => id) as [string]; // prettier-ignore
});
afterAll(() => Promise.all([teacher, ada].map((each) => each.close())));

/** Reads exactly so many bytes, one after the other. */
function reader(pipe: BytePipe): (length: number) => Promise<Buffer> {
  const iterator = pipe.readable[Symbol.asyncIterator]();
  let had = Buffer.alloc(0);
  return async (length) => {
    while (had.length < length) {
      const next = await iterator.next();
      if (next.done) throw new Error(`it ended ${length - had.length} bytes early`);
      had = Buffer.concat([had, next.value]);
    }
    const bytes = had.subarray(0, length);
    had = had.subarray(length);
    return bytes;
  };
}

test('a viewer comes in, sees every pixel, and its keys and pointer arrive; the person there ends it', async () => {
  const screen = rfbServer(1280, 800, 0x5a);
  ada.consoles.vnc = async (ref) => {
    expect(ref).toMatchObject({ namespace: 'lab-first', name: 'web', take: true });
    return screen.pipe;
  };
  const pipe = await take();
  expect((await ada.seat((own) => own?.taken !== undefined))?.taken).toEqual({ machine: 'web', kind: 'screen' });
  const read = reader(pipe);
  const say = (...bytes: number[]): Promise<void> => pipe.write(Buffer.from(bytes));
  expect((await read(12)).toString()).toBe('RFB 003.008\n');
  await pipe.write(Buffer.from('RFB 003.008\n'));
  expect([...(await read(2))]).toEqual([1, 1]);
  await say(1);
  expect((await read(4)).readUInt32BE()).toBe(0);
  await say(1);
  const init = await read(28);
  expect([init.readUInt16BE(0), init.readUInt16BE(2), init.subarray(24).toString()]).toEqual([1280, 800, 'fake']);
  // The whole screen, raw: more than a pipe may have under way at once.
  await say(3, 0, 0, 0, 0, 0, 5, 0, 3, 32);
  const update = await read(4 + 12 + 1280 * 800 * 4);
  expect([update.readUInt16BE(8), update.readUInt16BE(10)]).toEqual([1280, 800]);
  expect(update.subarray(16).every((byte) => byte === 0x5a)).toBe(true);
  await say(4, 1, 0, 0, 0, 0, 0xff, 0x0d);
  await say(4, 0, 0, 0, 0, 0, 0xff, 0x0d);
  await say(5, 1, 1, 0, 0, 200);
  await expect.poll(() => screen.events).toEqual(['65293 1', '65293 0', '256,200 1']);
  await ada.api.takeBack({}, context);
  expect(await problemOf(read(1))).toMatchObject({ code: 'class-taken-back', detail: 'The person at the seat ended it.' }); // prettier-ignore
  await ada.seat((own) => own?.taken === undefined);
});

test('a screen that never stands still waits for a teacher who does not look', async () => {
  let sent = 0;
  let closed = false;
  const piece = Buffer.alloc(64 * 1024);
  ada.consoles.vnc = async () => ({
    readable: (async function* () {
      while (!closed) {
        yield piece;
        sent += piece.length;
      }
    })(),
    write: async () => undefined,
    close: () => void (closed = true),
  });
  const pipe = await take();
  const iterator = pipe.readable[Symbol.asyncIterator]();
  await iterator.next();
  await expect.poll(() => sent, { timeout: 10_000 }).toBeGreaterThan(1024 * 1024);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const held = sent;
  expect(held).toBeLessThan(4 * 1024 * 1024);
  for (let read = 0; read < 2 * held; read += (await iterator.next()).value?.length ?? held) expect(closed).toBe(false);
  expect(sent).toBeGreaterThan(held);
  pipe.close();
  await expect.poll(() => closed).toBe(true);
  await ada.seat((own) => own?.taken === undefined);
});
