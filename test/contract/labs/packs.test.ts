import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRow } from '../../../main/contract/labs/run.ts';
import { describeTargets, problemOf, until } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-packs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const pack = join(folder, 'given.hearthlab');
/** An empty disk of 1 MiB. */
const image = Buffer.alloc(2 ** 20);
const file = (title: string): string => `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: given, title: ${title}, summary: With an image of its own., minutes: 5, level: beginner }
images: [{ name: own, file: images/own.img, sha256: ${createHash('sha256').update(image).digest('hex')} }]
machines: [{ name: web, image: own, start: false }]
steps: [{ id: one, title: One, text: Hello }]
`;
const write = (title: string): void => {
  for (const [name, content] of [
    ['lab.yaml', file(title)],
    ['images/own.img', image],
    ['README.md', 'Read me'],
  ] as const) {
    // prettier-ignore
    mkdirSync(join(folder, 'given', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'given', name), content);
  }
};

describeTargets('packs of labs', (lab) => {
  const row = async (is: (row: LabRow | undefined) => boolean): Promise<void> => {
    await until(lab.api.labs.watch({}), (update) => {
      const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      return is(rows.find(({ name }) => name === 'given'));
    });
  };
  test('a lab goes out and comes in with what belongs to it, and starts from its own image', async () => {
    write('Given');
    await lab.api.settings.update({ labFolder: join(folder, 'given') });
    await row((each) => each?.origin === 'development');
    const refused = await problemOf(lab.api.labs.export({ lab: 'given', path: join(folder, 'nowhere/a'), images: false })); // prettier-ignore
    expect(refused).toMatchObject({ code: 'bad-path' });
    await lab.done((await lab.api.labs.export({ lab: 'given', path: pack, images: false })).taskId);
    await lab.api.settings.update({ labFolder: '' });
    await row((each) => each === undefined);

    const looked = await lab.api.labs.import({ path: pack });
    expect(looked).toMatchObject({ findings: [], preview: { row: { name: 'given', title: 'Given' }, images: [{ name: 'own', from: 'images/own.img of the pack', there: false }] } }); // prettier-ignore
    expect(looked.preview.objects).toContainEqual({ kind: 'DataVolume', name: 'image-own' });
    expect(looked.replaces).toBeUndefined();
    expect(await problemOf(lab.api.labs.text({ lab: 'given' }))).toMatchObject({ code: 'lab-not-found' });
    const { lab: name, taskId } = await lab.api.labs.keep({ token: looked.token });
    expect((await lab.task(taskId ?? '')).state).toBe('done');
    expect(name).toBe('given');
    await row((each) => each?.origin === 'own');

    await lab.done((await lab.api.labs.start({ lab: 'given' })).taskId);
    const volume = await lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'image-own', 'lab-given');
    expect(volume.status).toMatchObject({ phase: 'Succeeded' });
    expect(await problemOf(lab.api.labs.remove({ lab: 'given' }))).toMatchObject({ code: 'lab-runs' });
    await lab.done((await lab.api.labs.end({ lab: 'given' })).taskId);
    await lab.api.labs.remove({ lab: 'given' });
    expect(await problemOf(lab.api.labs.text({ lab: 'given' }))).toMatchObject({ code: 'lab-not-found' });
  });
  test('a pack in a message of the page, and a file that is none', async () => {
    const looked = await lab.api.labs.import({ pack: readFileSync(pack).toString('base64') });
    await lab.api.labs.keep({ token: looked.token });
    const again = await lab.api.labs.import({ pack: readFileSync(pack).toString('base64') });
    expect(again.replaces).toEqual({ version: '1', origin: 'own' });
    expect(await problemOf(lab.api.labs.import({ path: join(folder, 'nothing') }))).toMatchObject({ code: 'file-not-found' }); // prettier-ignore
    writeFileSync(join(folder, 'cut'), readFileSync(pack).subarray(0, 400));
    expect(await problemOf(lab.api.labs.import({ path: join(folder, 'cut') }))).toMatchObject({ code: 'lab-pack-damaged' }); // prettier-ignore
    await lab.api.labs.remove({ lab: 'given' });
  });
}, { kinds: ['engine'] }); // prettier-ignore
