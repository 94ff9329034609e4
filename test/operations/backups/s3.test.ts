import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';
import { s3Double } from '../../support/s3.ts';
import type { S3Double } from '../../support/s3.ts';

let s3: S3Double;
beforeAll(async () => {
  s3 = await s3Double('hearth', 'AKIAHEARTH');
});
afterAll(() => s3.close());
const password = 'correct horse battery';
const secretKey = 'a-key-that-nobody-reads';

describeTargets(
  'backups to an S3 server',
  (lab) => {
    const place = (part: object = {}) => ({ type: 's3' as const, endpoint: s3.address, bucket: 'hearth', folder: 'home/lab', keyId: 'AKIAHEARTH', ...part }); // prettier-ignore

    test('a wrong key, a wrong bucket and a server that is off are told apart', async () => {
      const code = async (part: object) => (await problemOf(lab.api.backups.addPlace({ name: 'S3', place: place(part), password, secretKey }))).code; // prettier-ignore
      expect(await code({ keyId: 'SOMEBODY' })).toBe('backup-place-refused');
      expect(await code({ bucket: 'other' })).toBe('backup-no-bucket');
      expect(await code({ endpoint: 'http://127.0.0.1:9' })).toBe('backup-place-away');
    }, 120_000);

    test('kept there encrypted, restored from there; the secret key stands in its own file alone', async () => {
      const { placeId } = await lab.api.backups.addPlace({ name: 'S3', place: place(), password, secretKey });
      await lab.create(blank('web', { description: 'readable-mark' }));
      await lab.machine('web', ({ row }) => row.status === 'Stopped');
      await lab.done((await lab.api.backups.run({ placeId })).taskId);
      const kept = [...s3.objects.keys()];
      expect(kept.filter((key) => key.startsWith('home/lab/snapshots/'))).toHaveLength(3);
      expect(kept.every((key) => key.startsWith('home/lab/'))).toBe(true);
      expect([...s3.objects.values()].some((data) => data.includes('readable-mark') || data.includes('hearth-point'))).toBe(false); // prettier-ignore
      const [point] = (await lab.api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine');
      await lab.done(
        (await lab.api.backups.restore({ placeId, point: point!.id, name: 'copy', identity: 'new' })).taskId,
      );
      await lab.machine('copy', ({ row }) => row.status === 'Stopped');
      const { dataDir } = await lab.api.app.info({});
      expect(readFileSync(join(dataDir, 'backups', `${placeId}.secret`), 'utf8')).toBe(secretKey);
      for (const file of ['backups/places.json', 'audit.jsonl', 'logs/hearth.log', 'tasks.json'])
        expect(readFileSync(join(dataDir, file), 'utf8')).not.toContain(secretKey);
    });
  },
  { kinds: ['engine'] },
);
