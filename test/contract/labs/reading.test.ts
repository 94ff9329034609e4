import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRow } from '../../../main/contract/labs/run.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { describeTargets, problemOf, until } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-labs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'lab.yaml'), text);
};
export const small = (name: string, more = ''): string => `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: ${name}, title: Small, summary: A small lab., minutes: 5, level: beginner }
${more}
steps:
  - { id: one, title: One, text: Hello }
`;
const rowsOf = (update: ListUpdate<LabRow>): LabRow[] =>
  update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];

describeTargets('reading labs', (lab) => {
  test('the library lists shipped labs and those of the development folder, wrong ones with their line', async () => {
    write('mine', small('mine'));
    write('broken', small('broken', 'machines: [{ name: a, image: nowhere }]'));
    await lab.api.settings.update({ labFolder: folder });
    const rows = new Map<string, LabRow>();
    await until(lab.api.labs.watch({}), (update) => {
      for (const row of rowsOf(update)) rows.set(row.name, row);
      return rows.has('mine') && rows.has('broken') && rows.has('first-vm');
    });
    expect(rows.get('first-vm')).toMatchObject({ origin: 'shipped', steps: 4, memory: 128 * 2 ** 20, missing: [] });
    expect(rows.get('mine')).toMatchObject({ origin: 'development', title: 'Small' });
    expect(rows.get('broken')?.problem).toMatchObject({ code: 'lab-file-wrong', detail: 'Line 4: There is no image "nowhere" in the file.' }); // prettier-ignore
    expect(await problemOf(lab.api.labs.preview({ lab: 'broken' }))).toMatchObject({ code: 'lab-file-wrong' });
    expect(await problemOf(lab.api.labs.text({ lab: 'nobody' }))).toMatchObject({ code: 'lab-not-found' });
  });

  test('a file that is saved is read again while somebody looks', async () => {
    write('mine', small('mine'));
    const seen: string[] = [];
    for await (const update of lab.api.labs.watch({})) {
      for (const { name, title } of rowsOf(update)) if (name === 'mine') seen.push(title);
      if (seen.length === 1) write('mine', small('mine').replace('Small', 'Mended'));
      if (seen.at(-1) === 'Mended') break;
    }
    expect(seen.at(-1)).toBe('Mended');
    expect((await lab.api.labs.text({ lab: 'mine' })).text).toContain('Mended');
  });

  test('it is read again however an editor saves it; what is wrong is told until it is mended', async () => {
    const file = join(folder, 'mine', 'lab.yaml');
    const saves: [title: string, save: () => void][] = [
      ['Written', () => write('mine', small('mine').replace('Small', 'Written'))],
      // Beside it, and in its place then.
      ['Renamed', () => {
        writeFileSync(`${file}.swp`, small('mine').replace('Small', 'Renamed'));
        renameSync(`${file}.swp`, file);
      }],
      // The old one away first.
      ['Replaced', () => {
        renameSync(file, `${file}~`);
        writeFileSync(file, small('mine').replace('Small', 'Replaced'));
      }],
      ['mine', () => write('mine', 'title: [')],
      ['Mended again', () => write('mine', small('mine').replace('Small', 'Mended again'))],
    ]; // prettier-ignore
    const seen: string[] = [];
    let next = 0;
    for await (const update of lab.api.labs.watch({})) {
      const row = rowsOf(update).find(({ name }) => name === 'mine');
      if (row && row.title !== seen.at(-1)) seen.push(row.title);
      if (seen.at(-1) !== (saves[next - 1]?.[0] ?? seen.at(-1)) || seen.length === 0) continue;
      if (next === saves.length) break;
      saves[next]?.[1]();
      next += 1;
    }
    expect(seen.slice(1)).toEqual(expect.arrayContaining(['Renamed', 'Replaced', 'mine', 'Mended again']));
    write('later', small('later'));
    await until(lab.api.labs.watch({}), (update) => rowsOf(update).some(({ name }) => name === 'later'));
  });

  test('a preview tells objects, images, memory and disk with numbers', async () => {
    const preview = await lab.api.labs.preview({ lab: 'first-vm' });
    expect(preview.objects).toEqual([
      { kind: 'Namespace', name: 'lab-first-vm' },
      { kind: 'Secret', name: 'web-cloud-init' },
      { kind: 'VirtualMachine', name: 'web' },
      { kind: 'Service', name: 'web-tcp-80' },
    ]);
    expect(preview.images).toMatchObject([{ name: 'starter', there: false }]);
    expect(preview.memory.wanted).toBe(128 * 2 ** 20);
    expect(preview.memory.free).toBeGreaterThan(0);
    expect(preview.disk.wanted).toBeGreaterThan(0);
    expect(preview.problems).toEqual([]);
  });

  test('more memory and disk than there is are told with both numbers', async () => {
    write('huge', small('huge', 'images: [{ name: s, use: starter }]\nmachines: [{ name: a, image: s, memory: 900000Gi, disk: 900000Gi }]')); // prettier-ignore
    await until(lab.api.labs.watch({}), (update) => rowsOf(update).some(({ name }) => name === 'huge'));
    const { problems } = await lab.api.labs.preview({ lab: 'huge' });
    expect(problems.find(({ code }) => code === 'lab-memory')?.detail).toMatch(/^The lab needs 900000\.0 GiB of memory, and \d+\.\d GiB are free\.$/); // prettier-ignore
    if (lab.kind === 'engine')
      expect(problems.find(({ code }) => code === 'lab-disk')?.detail).toMatch(/^The lab needs 900000\.\d GiB of disk space, and \d+\.\d GiB are free\.$/); // prettier-ignore
  });

  test('a text is looked at without keeping anything', async () => {
    const { findings } = await lab.api.labs.validate({ text: small('x', 'machine: []') });
    expect(findings).toMatchObject([{ severity: 'error', line: 4, path: 'machine', message: '"machine" is not known here. Is "machines" meant?' }]); // prettier-ignore
  });
});
