import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { decodePicture } from '../../../main/backend/screen-text/picture.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';

const web = { namespace: 'default', name: 'web' };
const rowOf = async (api: Api, fits: (row: RecordingRow) => boolean): Promise<RecordingRow> => {
  let found: RecordingRow | undefined;
  await until(api.recordings.watch({}), (update) => {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    found = rows.find(fits);
    return found !== undefined;
  });
  return found!;
};
const bytesOf = async (pipe: { readable: AsyncIterable<Uint8Array> }): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of pipe.readable) parts.push(part);
  return Buffer.concat(parts);
};
/** Pixels of a text cursor: it blinks, whatever else stands still. */
const cursor = 32;
/** How many pixels differ. */
async function difference(one: string | null | undefined, other: string): Promise<number> {
  const [a, b] = [await pixels(one), await pixels(other)];
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  return a.colours.reduce((sum, colour, at) => sum + (colour === b.colours[at] ? 0 : 1), 0);
}
const pixels = async (png: string | null | undefined) => decodePicture(Buffer.from(png ?? '', 'base64'));

// A machine with an empty disk shows the words of its firmware, and stays so.
describeTargets('recordings', (lab) => {
  it('are made of a machine, and show at t what the screenshot at t showed', async () => {
    const { api } = lab;
    await lab.create(blank('web', { start: true }));
    await lab.machine('web', ({ row }) => row.tone === 'running');
    const { name } = await api.recordings.start({ machines: [web], name: 'first' });
    expect(name).toBe('first');
    expect(await rowOf(api, (row) => row.name === 'first')).toMatchObject({ state: 'recording', machines: [web] });
    expect((await problemOf(api.recordings.look({ name }))).code).toBe('recording-runs');
    expect((await problemOf(api.recordings.start({ machines: [web], name }))).code).toBe('recording-name-taken');
    const began = Date.parse((await rowOf(api, (row) => row.name === name)).startedAt);
    // The firmware writes until it finds nothing to boot from; then nothing changes any more.
    let shot = (await api.consoles.screenshot(web)).png;
    for (let same = 0; same < 4; ) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      const next = (await api.consoles.screenshot(web)).png;
      same = (await difference(next, shot)) <= cursor ? same + 1 : 0;
      shot = next;
    }
    const at = Date.now() - began;
    await api.recordings.mark({ name, text: 'Nothing to boot from' });
    await api.recordings.stop({ name });
    const { row, marks } = await api.recordings.look({ name });
    expect(row).toMatchObject({ state: 'whole', name: 'first' });
    expect(row.cut).toBeUndefined();
    expect(marks).toMatchObject([{ kind: 'note', text: 'Nothing to boot from' }]);
    const { events } = await api.recordings.readEvents({ name, from: 0, to: at + 5000 });
    const around = events.filter(({ kind, t }) => kind === 'picture' && t > at - 2500 && t < at + 1500).map(({ t }) => t);
    const off = await Promise.all([at, ...around].map(async (t) => difference((await api.recordings.readMoment({ name, at: t })).machines[0]?.png, shot))); // prettier-ignore
    expect(off[0]).toBeLessThanOrEqual(cursor);
    expect(Math.min(...off)).toBe(0);
  });

  it('are renamed, exported, taken in again and deleted', async () => {
    const { api, backend } = lab;
    await api.recordings.rename({ name: 'first', to: 'Second (best) ünïcode' });
    expect((await problemOf(api.recordings.look({ name: 'first' }))).code).toBe('recording-not-found');
    const name = 'Second (best) ünïcode';
    const file = await bytesOf(await api.recordings.export({ name, as: 'recording' }));
    const cast = (await bytesOf(await api.recordings.export({ name, as: 'asciicast' }))).toString().split('\n');
    expect(JSON.parse(cast[0] ?? '')).toMatchObject({ version: 2, width: 80, height: 24, title: `${name}: web` });
    const take = async (bytes: Buffer, size = bytes.length): Promise<string> => {
      const pipe = await api.recordings.import({ name: 'again', size });
      const answer = bytesOf(pipe);
      answer.catch(() => undefined);
      await pipe.write(bytes).catch(() => undefined);
      return (await answer).toString();
    };
    expect(JSON.parse(await take(file))).toEqual({ name: 'again' });
    expect(await bytesOf(await api.recordings.export({ name: 'again', as: 'recording' }))).toEqual(file);
    const broken = Buffer.from(file);
    broken.writeUInt8(broken.readUInt8(broken.length - 5) ^ 0xff, broken.length - 5);
    expect((await problemOf(take(broken))).code).toBe('recording-damaged');
    // Deleted without a question: had back under its name, or beside what has it by now.
    const { undo } = await api.recordings.remove({ name });
    expect((await problemOf(api.recordings.look({ name }))).code).toBe('recording-not-found');
    expect(await api.recordings.restore({ undo })).toEqual({ name });
    expect(await bytesOf(await api.recordings.export({ name, as: 'recording' }))).toEqual(file);
    expect((await problemOf(api.recordings.restore({ undo }))).code).toBe('recording-not-found');
    const gone = await api.recordings.remove({ name });
    await api.recordings.rename({ name: 'again', to: name });
    expect(await api.recordings.restore({ undo: gone.undo })).toEqual({ name: `${name} (2)` });
    await api.recordings.rename({ name, to: 'again' });
    await api.recordings.rename({ name: `${name} (2)`, to: name });
    await api.recordings.remove({ name });
    await api.recordings.remove({ name: 'again' });
    expect((await problemOf(api.recordings.remove({ name }))).code).toBe('recording-not-found');
    const { dataDir } = await api.app.info({});
    expect((await readdir(`${dataDir}/recordings`)).filter((each) => !each.endsWith('.deleted'))).toEqual([]);
    expect(backend.engineTrouble).toBeUndefined();
  });

  it('are refused for machines that are not there and for names that are no names', async () => {
    const { api } = lab;
    expect((await problemOf(api.recordings.start({ machines: [{ namespace: 'default', name: 'nobody' }] }))).code).toContain('not-found'); // prettier-ignore
    for (const name of ['../up', 'a/b', '.hidden', '', 'x'.repeat(61), '100%'])
      expect((await problemOf(api.recordings.start({ machines: [web], name }))).code).toBe('invalid-input');
    expect((await problemOf(api.recordings.stop({ name: 'none' }))).code).toBe('recording-not-found');
  });
}, { kinds: ['engine'] }); // prettier-ignore
