import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { incoming, serialCast, wholeFile } from '../../../main/backend/recordings/exchange.ts';
import { headSize, segmentLimit } from '../../../main/backend/recordings/format.ts';
import { openReader } from '../../../main/backend/recordings/reader.ts';
import { openShelf } from '../../../main/backend/recordings/shelf.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { end, fileOf, folder, header, noise, pixels, png, serial, silent, withBlock } from './lab.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it worked',
    (error: unknown) => asProblem(error).code,
  );
async function written(bytes: Buffer): Promise<string> {
  const path = join(await folder(), 'a.hearthrec');
  await writeFile(path, bytes);
  return path;
}
async function textOf(pipe: BytePipe): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of pipe.readable) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

describe('the file of a recording', () => {
  it('shows how everything looked at a moment: the last whole picture and the parts after it', async () => {
    const first = noise(120, 80);
    const second = withBlock(first, 10, 20, 8, 0xff0000);
    const third = withBlock(second, 100, 70, 30, 0x00ff00); // stands over the edge on purpose
    const block = (side: number, colour: number) => png({ width: side, height: side, colours: new Uint32Array(side * side).fill(colour) }); // prettier-ignore
    const path = await written(
      await fileOf(
        header(),
        ['text', [serial(0, 'one\r\n'), serial(900, 'two')]],
        ['screens', [
          { kind: 'picture', t: 100, machine: 0, png: await png(first) },
          { kind: 'picture', t: 500, machine: 0, png: await block(8, 0xff0000), at: { x: 10, y: 20 } },
          { kind: 'picture', t: 800, machine: 0, png: await block(30, 0x00ff00), at: { x: 100, y: 70 } },
        ]],
        ['screens', [{ kind: 'picture', t: 2000, machine: 0, png: await png(first) }]],
        end(3000),
      ),
    ); // prettier-ignore
    const reader = await openReader(path);
    expect(reader.index.length).toBe(3000);
    const at = async (t: number) => (await reader.moment(t)).machines[0];
    expect((await at(99))?.png).toBeNull();
    expect((await pixels((await at(100))?.png)).colours).toEqual(first.colours);
    expect((await pixels((await at(799))?.png)).colours).toEqual(second.colours);
    const drawn = await pixels((await at(1999))?.png);
    expect(drawn.colours.filter((_c, index) => index % 120 >= 100)).toEqual(third.colours.filter((_c, index) => index % 120 >= 100)); // prettier-ignore
    expect((await pixels((await at(2500))?.png)).colours).toEqual(first.colours);
    expect(Buffer.from((await at(500))?.serial ?? '', 'base64').toString()).toBe('one\r\n');
    expect(Buffer.from((await at(900))?.serial ?? '', 'base64').toString()).toBe('one\r\ntwo');
  });

  it('is read on from any time, in pieces that leave nothing out and tell nothing twice', async () => {
    const big = 'x'.repeat(900_000);
    const texts = Array.from({ length: 12 }, (_, n) => serial(n * 1000, `${n} ${big}`));
    const picture = await png(noise(20, 20));
    const path = await written(
      await fileOf(
        header(),
        ...texts.map((each): ['text', (typeof texts)[number][]] => ['text', [each]]),
        ['screens', [0, 3000, 7500, 11_000].map((t) => ({ kind: 'picture' as const, t, machine: 0, png: picture }))],
        end(12_000),
      ),
    );
    const reader = await openReader(path);
    const seen: string[] = [];
    let answers = 0;
    for (let from: number | undefined = 500; from !== undefined; answers += 1) {
      const { events, next } = await reader.events(from, 11_500);
      seen.push(...events.map(({ kind, t }) => `${kind} ${t}`));
      from = next;
    }
    expect(answers).toBeGreaterThan(1);
    const wanted = [...texts.slice(1).map(({ t }) => ({ kind: 'serial', t })), ...[3000, 7500, 11_000].map((t) => ({ kind: 'picture', t }))]; // prettier-ignore
    expect(seen.toSorted()).toEqual(wanted.map(({ kind, t }) => `${kind} ${t}`).toSorted());
    expect(seen.map((each) => Number(each.split(' ')[1]))).toEqual(wanted.map(({ t }) => t).toSorted((a, b) => a - b));
  });

  it('gives the serial console as asciicast v2, with marks, and characters that a piece cut in two', async () => {
    const euro = Buffer.from('€');
    const piece = (t: number, bytes: Buffer) => ({ kind: 'serial' as const, t, machine: 0, data: bytes.toString('base64') }); // prettier-ignore
    const path = await written(
      await fileOf(
        header(),
        ['text', [serial(0, 'hi\r\n'), piece(1500, euro.subarray(0, 1)), { kind: 'mark', t: 1600, mark: 'note', text: 'Here' }, piece(2000, euro.subarray(1))]],
        end(2500),
      ),
    ); // prettier-ignore
    const lines = (await textOf(serialCast(await openReader(path), 'demo', 0))).trim().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore
    expect(lines).toEqual([
      { version: 2, width: 80, height: 24, timestamp: Date.parse('2026-11-22T10:00:00Z') / 1000, title: 'demo: web' },
      [0, 'o', 'hi\r\n'],
      [1.6, 'm', 'Here'],
      [2, 'o', '€'],
    ]);
    expect(() => serialCast({ index: { header: { machines: [] } } } as never, 'demo', 3)).toThrow('no such machine');
  });
});

describe('files from somebody else', () => {
  const good = () => fileOf(header(), ['text', [serial(0, 'hello')]], end(1000));
  const changed = async (change: (bytes: Buffer) => Buffer | void): Promise<Buffer> => {
    const bytes = await good();
    return change(bytes) ?? bytes;
  };
  const segmentAt = header().length;
  /** A segment with a right checksum and any body. */
  async function segment(lines: string | Buffer, times: [number, number] = [0, 1000]): Promise<Buffer> {
    const body = gzipSync(lines);
    const [real] = [await fileOf('', ['text', [serial(times[0], ''), serial(times[1], '')]])];
    const head = Buffer.from(real!.subarray(0, headSize));
    const { crc32 } = await import('node:zlib');
    head.writeUInt32BE(body.length, 16);
    head.writeUInt32BE(crc32(body), 20);
    return Buffer.concat([Buffer.from(header()), head, body, await fileOf('', end(2000))]);
  }
  it.each([
    ['something else', async () => Buffer.from('%PDF-1.4\nhello')],
    ['an endless first line', async () => Buffer.alloc(200_000, 'a')],
    ['a later version', async () => Buffer.from('{"hearthrec":2}\n')],
    ['no machines', () => fileOf(header({ machines: [] }), end(1))],
    ['names that are paths', () => fileOf(header({ machines: [{ namespace: '../..', name: 'web' }] }), end(1))],
    ['no end', () => fileOf(header(), ['text', [serial(0, 'hello')]])],
    ['a byte changed', () => changed((bytes) => void bytes.writeUInt8(bytes.readUInt8(segmentAt + headSize + 3) ^ 1, segmentAt + headSize + 3))],
    ['a segment that says it is huge', () => changed((bytes) => void bytes.writeUInt32BE(segmentLimit.packed + 1, segmentAt + 16))],
    ['a bomb', () => segment(Buffer.alloc(segmentLimit.unpacked + 10, 32))],
    ['no JSON', () => segment('hello')],
    ['an unknown event', () => segment('{"kind":"run","t":1,"command":"rm"}')],
    ['times that go back', () => segment([serial(900, 'a'), serial(10, 'b')].map((each) => JSON.stringify(each)).join('\n'))],
    ['times outside of the segment', () => segment(JSON.stringify(serial(5000, 'a')))],
    ['a machine that is not there', () => segment(JSON.stringify({ ...serial(1, 'a'), machine: 5 }))],
    ['a mark with control characters', () => segment(JSON.stringify({ kind: 'mark', t: 1, mark: 'note', text: 'a\u001b[2J' }))],
  ])('refuses %s', async (_what, make) => {
    const path = await written(await make());
    expect(await codeOf(openReader(path).then((reader) => reader.check()))).toBe('recording-damaged');
  }); // prettier-ignore

  it('takes a right one in, byte by byte if need be, and leaves nothing of a wrong one', async () => {
    const place = await folder();
    const shelf = openShelf(place, silent);
    const take = async (bytes: Buffer, size = bytes.length): Promise<string> => {
      const path = shelf.incomingOf('other');
      const pipe = incoming(path, size, async () => ({ name: await shelf.place(path, 'other') }));
      const answer = textOf(pipe);
      answer.catch(() => undefined);
      for (let at = 0; at < bytes.length; at += 7) await pipe.write(bytes.subarray(at, at + 7));
      if (bytes.length < size) pipe.close();
      return answer;
    };
    expect(await take(await good())).toBe('{"name":"other"}');
    expect(await take(await good())).toBe('{"name":"other (2)"}');
    expect(await codeOf(take(Buffer.from('nothing of the kind\n')))).toBe('recording-damaged');
    expect(await codeOf(take(await good(), 10))).toBe('recording-too-long');
    expect(await take(await good(), 100_000)).toBe(''); // given up half-way
    await expect.poll(() => readdir(place)).toEqual(['other (2).hearthrec', 'other.hearthrec']);
    expect(Buffer.from(await textOf(wholeFile(shelf.pathOf('other'))), 'utf8').length).toBeGreaterThan(100);
    expect(await readFile(shelf.pathOf('other'))).toEqual(await good());
  });
});

describe('what a killed Hearth leaves', () => {
  it('is made whole up to its last whole segment', async () => {
    const place = await folder();
    const shelf = openShelf(place, silent);
    const whole = await fileOf(header(), ['text', [serial(0, 'one'), serial(4000, 'two')]]);
    const more = await fileOf('', ['text', [serial(5000, 'three')]]);
    await writeFile(shelf.partOf('web'), Buffer.concat([whole, more.subarray(0, more.length - 3)]));
    await writeFile(shelf.partOf('empty'), header());
    await writeFile(shelf.partOf('cut'), header().slice(0, 20));
    await writeFile(shelf.pathOf('web'), await fileOf(header(), end(1)));
    expect(await shelf.recover()).toEqual(['web (2)']);
    expect((await readdir(place)).toSorted()).toEqual(['web (2).hearthrec', 'web.hearthrec']);
    const row = await shelf.row('web (2)');
    expect(row).toMatchObject({ state: 'whole', seconds: 4, cut: 'Hearth was ended while it recorded.' });
    const reader = await shelf.reader('web (2)');
    await reader.check();
    expect((await reader.events(0, 10_000)).events.map(({ t }) => t)).toEqual([0, 4000]);
  });

  it('names, renames and removes; never over another one', async () => {
    const shelf = openShelf(await folder(), silent);
    await writeFile(shelf.pathOf('a'), await fileOf(header({ lab: 'first-vm' }), end(1500)));
    await writeFile(shelf.pathOf('b'), 'nonsense');
    expect(await shelf.row('a')).toMatchObject({ name: 'a', seconds: 1.5, lab: 'first-vm', machines: [{ name: 'web' }] });
    expect(await shelf.row('b')).toMatchObject({ state: 'damaged', problem: { code: 'recording-damaged' } });
    expect(await codeOf(shelf.rename('a', 'b'))).toBe('recording-name-taken');
    expect(await codeOf(shelf.rename('c', 'd'))).toBe('recording-not-found');
    await shelf.rename('a', 'A longer name, with ünïcode');
    expect((await shelf.names()).toSorted()).toEqual(['A longer name, with ünïcode', 'b']);
    const undo = await shelf.remove('b');
    expect(await codeOf(shelf.remove('b'))).toBe('recording-not-found');
    expect(await codeOf(shelf.reader('b'))).toBe('recording-not-found');
    // Had back, beside what has its name by now; once, and not after it was swept away.
    await writeFile(shelf.pathOf('b'), 'another one');
    expect(await shelf.restore(undo)).toBe('b (2)');
    expect(await readFile(shelf.pathOf('b (2)'), 'utf8')).toBe('nonsense');
    expect(await codeOf(shelf.restore(undo))).toBe('recording-not-found');
    const again = await shelf.remove('b');
    await shelf.sweep(60_000);
    expect((await shelf.names()).toSorted()).toEqual(['A longer name, with ünïcode', 'b (2)']);
    expect(await shelf.restore(again)).toBe('b');
    const last = await shelf.remove('b');
    await shelf.sweep(0);
    expect(await codeOf(shelf.restore(last))).toBe('recording-not-found');
    expect((await shelf.names()).toSorted()).toEqual(['A longer name, with ünïcode', 'b (2)']);
  }); // prettier-ignore
});
