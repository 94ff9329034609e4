import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openBook } from '../../../main/backend/boxes/book/book.ts';
import { openEnrolments } from '../../../main/backend/boxes/book/enrolments.ts';
import { openIdentity } from '../../../main/backend/boxes/book/identity.ts';
import { silent } from '../store.ts';

// Another process on the same data directory: puts boxes into the book and makes secrets of sticks, as fast as it can.
const [folder = '', name = '', count = '0'] = process.argv.slice(2);
const book = await openBook({ file: join(folder, 'boxes.json'), log: silent });
const identity = await openIdentity(join(folder, 'identity.json'), silent);
const secrets = await openEnrolments({ file: join(folder, 'enrolments.json'), identity, log: silent });
const now = new Date().toISOString();
for (let at = 0; at < Number(count); at += 1) {
  await Promise.all([
    book.put({ id: randomBytes(16).toString('hex'), name: `${name}-${at}`, address: '127.0.0.1:1', fingerprint: 'a'.repeat(64), pairedAt: now, seenAt: now, macs: [] }),
    secrets.make({ days: 1, installId: name + randomBytes(16).toString('hex').slice(1) }),
  ]); // prettier-ignore
}
await Promise.all([book.close(), secrets.close()]);
