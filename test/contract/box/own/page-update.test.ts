import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkUpdate } from '../../../../main/backend/boxes/agent/upkeep/check-update.ts';
import { readTrustedKeys } from '../../../../main/backend/boxes/image/keys.ts';
import type { IncomingLimits } from '../../../../main/backend/own-box/incoming.ts';
import { ownBoxProcedures } from '../../../../main/contract/box/boxes.ts';
import type { UpdateOffer } from '../../../../main/contract/box/boxes.ts';
import { connect } from '../../../../main/contract/connect.ts';
import { asProblem } from '../../../../main/contract/problem.ts';
import { startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';
import { askPages, cookieOf, portOfPage, sendForm } from '../../../support/boxes/own-pages.ts';
import type { Answer, Asking } from '../../../support/boxes/own-pages.ts';
import { makeSignedImage, signedNote } from '../../../support/boxes/signed-image.ts';
import type { SignedImage } from '../../../support/boxes/signed-image.ts';

// A signed image from a browser, over TLS to the real own server; the agent's own check behind its socket. Only the
// writing into a slot is scripted.
interface Image extends SignedImage {
  bytes: Buffer;
  note: string;
}
let folder: string;
let mine: Image;
const noteOf = (keys: string, version: string): Promise<string> => signedNote({ keys: join(folder, keys), version });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-images-'));
  const made = await makeSignedImage(join(folder, 'images'), { keys: join(folder, 'mine'), version: '1.3.0' });
  const note = await readFile(made.path.replace(/img$/, 'json'), 'utf8');
  mine = { ...made, bytes: await readFile(made.path), note };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const boxes: TestBox[] = [];
afterEach(async () => {
  for (const each of boxes.splice(0)) await each.close();
});

interface Page {
  box: TestBox;
  cookie: string;
  app: TestApp;
  offer: (note: string) => Promise<UpdateOffer>;
  take: (uploadId: string) => Promise<void>;
  drop: (uploadId: string) => Promise<void>;
  update: () => Promise<string>;
  tus: (method: string, path: string, asking?: Asking) => Promise<Answer>;
}
/** A box of version 1.2.3 with a page that is signed in. */
async function open(incomingLimits?: IncomingLimits): Promise<Page> {
  const box = await startOwnBox({ ...(incomingLimits && { change: { incomingLimits } }) });
  boxes.push(box);
  box.agent.script['check-update'] = ({ path }) =>
    checkUpdate(
      {
        running: { version: '1.2.3', builtAt: '2026-10-01T00:00:00Z', medium: 'disk', slot: 'a' },
        keys: () => readTrustedKeys([join(folder, 'mine')]),
        incoming: box.places.incoming,
      },
      path,
    );
  const app = await testApp();
  await box.pair(app);
  await box.act(app, { do: 'account', name: 'anna', password: 'correct horse battery' });
  const cookie = cookieOf(await sendForm(box.address, { name: 'anna', password: 'correct horse battery' }));
  // After a restart of the box too: its page connects again.
  const call = async <T>(work: (api: Awaited<ReturnType<typeof connected>>['api']) => Promise<T>): Promise<T> => {
    const connection = await connected();
    return work(connection.api).finally(() => connection.close());
  };
  const connected = async () => connect(ownBoxProcedures, await portOfPage(box.address, cookie));
  return {
    box,
    cookie,
    app,
    offer: (note) => call((api) => api.offerUpdate({ note })),
    take: (uploadId) => call((api) => api.takeUpdate({ uploadId })),
    drop: (uploadId) => call((api) => api.dropUpdate({ uploadId })),
    update: async () => (await call((api) => api.act({ action: { do: 'update' } }))).taskId ?? '',
    tus: (method, path, { headers, ...asking } = {}) =>
      askPages(box.address, path, {
        method,
        headers: { cookie, origin: `https://${box.address}`, 'tus-resumable': '1.0.0', ...headers },
        ...asking,
      }),
  };
}
const create = (page: Page, { uploadId }: Pick<UpdateOffer, 'uploadId'>, size: number): Promise<Answer> =>
  page.tus('POST', '/upload', {
    headers: {
      'upload-length': String(size),
      'upload-metadata': `uploadId ${Buffer.from(uploadId).toString('base64')}`,
    },
  });
const patch = (page: Page, { uploadId }: Pick<UpdateOffer, 'uploadId'>, offset: number, bytes: Buffer, cutAfter?: number): Promise<Answer> =>
  page.tus('PATCH', `/upload/${uploadId}`, {
    headers: { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', 'content-length': String(bytes.length) },
    body: bytes,
    ...(cutAfter !== undefined && { cutAfter }),
  }); // prettier-ignore
/** All of it, as a browser without troubles does. */
async function send(page: Page, sent: Image): Promise<UpdateOffer> {
  const offer = await page.offer(sent.note);
  expect((await create(page, offer, sent.size)).status).toBe(201);
  expect((await patch(page, offer, 0, sent.bytes)).status).toBe(204);
  return offer;
}
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) => asProblem(error).code,
  );
const left = async ({ box }: Page): Promise<string[]> =>
  (await readdir(box.places.incoming, { recursive: true }).catch(() => [])).filter((name) => name !== 'uploads');
/** Nobody sends any more, as the box sees it. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3200));

test('an image is told before it is sent, sent, and handed to the agent; the same once more needs no byte', async () => {
  const page = await open();
  const offer = await page.offer(mine.note);
  expect(offer).toMatchObject({
    facts: { version: '1.3.0', base: 'Debian 13, Linux 6.12', size: mine.size, signedBy: 'mine', payload: 'internet' },
    file: 'hearth-box-1.3.0.img',
    endpoint: '/upload',
    received: 0,
  });
  expect(await refusal(page.update())).toBe('update-missing');
  expect((await create(page, offer, mine.size)).headers['location']).toBe(`/upload/${offer.uploadId}`);
  expect(await refusal(page.take(offer.uploadId))).toBe('update-unfinished');
  expect((await patch(page, offer, 0, mine.bytes)).headers['upload-offset']).toBe(String(mine.size));
  await page.take(offer.uploadId);
  let handed: Buffer | undefined;
  page.box.agent.script.update = async ({ path, restart }) => {
    expect([path, restart]).toEqual([page.box.places.update, false]);
    handed = await readFile(path);
  };
  expect((await page.box.ended(await page.update())).problem).toBeUndefined();
  expect(handed?.equals(mine.bytes)).toBe(true);
  expect(page.box.agent.last('reboot')).toBeDefined();
  await quiet();
  expect(await page.offer(mine.note)).toMatchObject({ uploadId: offer.uploadId, received: mine.size });
  await page.take(offer.uploadId);
  await page.drop(offer.uploadId);
  expect(await left(page)).toEqual([]);
  expect(await refusal(page.take(offer.uploadId))).toBe('upload-unknown');
  expect(await refusal(page.update())).toBe('update-missing');
}, 30_000);

describe('refused before its first byte', () => {
  test('signed by nobody known, changed, no such file, older', async () => {
    const page = await open();
    const other = JSON.parse(mine.note) as { image: { size: number }; manifest: string };
    const otherSize = JSON.stringify({ ...other, image: { ...other.image, size: other.image.size + 1 } });
    const otherVersion = JSON.stringify({ ...other, manifest: other.manifest.replace('1.3.0', '9.9.9') });
    const older = await noteOf('mine', '1.2.2');
    const same = await noteOf('mine', '1.2.3'); // built later: newer packages below
    expect(await refusal(page.offer(await noteOf('other', '1.3.0')))).toBe('image-foreign');
    expect(await refusal(page.offer(otherSize))).toBe('image-damaged');
    expect(await refusal(page.offer(otherVersion))).toBe('image-damaged');
    for (const note of ['', 'no json', '{}', '[1]', 'null'])
      expect([note, await refusal(page.offer(note))]).toEqual([note, 'image-unreadable']);
    expect(await refusal(page.offer('x'.repeat(1_000_000)))).toBe('invalid-input');
    expect(await refusal(page.offer(older))).toBe('update-not-newer');
    expect(await left(page)).toEqual([]);
    expect((await page.offer(same)).facts.version).toBe('1.2.3');
  });
  test('no room on the box, and what is too large for any; nothing is begun', async () => {
    const full = await open({ largest: 2 ** 40, reserve: 2 ** 60 });
    expect(await refusal(full.offer(mine.note))).toBe('disk-full');
    const small = await open({ largest: mine.size - 1, reserve: 0 });
    expect(await refusal(small.offer(mine.note))).toBe('update-too-large');
    for (const page of [full, small]) expect(await left(page)).toEqual([]);
  });
  test('who is not signed in sends nothing, and goes on with nothing', async () => {
    const page = await open();
    const offer = await page.offer(mine.note);
    const stranger: Page = { ...page, tus: (method, path, asking) => page.tus(method, path, { ...asking, headers: { ...asking?.headers, cookie: '__Host-hearth-box=x' } }) }; // prettier-ignore
    expect((await create(stranger, offer, mine.size)).status).toBe(401);
    expect((await create(page, offer, mine.size)).status).toBe(201);
    expect((await patch(stranger, offer, 0, mine.bytes.subarray(0, 1000))).status).toBe(401);
    const elsewhere = { ...stranger, tus: (method: string, path: string, asking?: Asking) => page.tus(method, path, { ...asking, headers: { ...asking?.headers, origin: 'https://evil.example' } }) }; // prettier-ignore
    expect((await patch(elsewhere, offer, 0, mine.bytes.subarray(0, 1000))).status).toBe(403);
    await expect(portOfPage(page.box.address, '__Host-hearth-box=x')).rejects.toThrow('401');
    expect((await page.tus('HEAD', `/upload/${offer.uploadId}`)).headers['upload-offset']).toBe('0');
  });
  test('more bytes than were signed, and another size than was announced', async () => {
    const page = await open();
    const offer = await page.offer(mine.note);
    expect(await create(page, offer, mine.size + 1)).toMatchObject({ status: 400 });
    expect((await create(page, offer, mine.size)).status).toBe(201);
    expect((await patch(page, offer, 0, Buffer.concat([mine.bytes, Buffer.alloc(10)]))).status).toBeGreaterThan(399);
    expect(existsSync(page.box.places.update)).toBe(false);
  });
});

describe('a cable that is pulled', () => {
  test('it goes on where it stopped, also after the box restarted, and from another browser', async () => {
    const page = await open();
    const offer = await page.offer(mine.note);
    await create(page, offer, mine.size);
    await expect(patch(page, offer, 0, mine.bytes, 5_000_000)).rejects.toThrow('cut');
    const first = await until(() => here(page, offer), (bytes) => bytes > 0); // prettier-ignore
    expect(first).toBeLessThanOrEqual(5_000_000);
    expect((await patch(page, offer, first, mine.bytes.subarray(first, 10_000_000))).status).toBe(204);
    await page.box.restart();
    const again = await page.offer(mine.note);
    expect(again).toMatchObject({ uploadId: offer.uploadId, received: 10_000_000 });
    // It knows nothing of the first half, and begins; it is told where to go on.
    expect((await create(page, again, mine.size)).status).toBe(201);
    expect((await patch(page, again, 0, mine.bytes)).status).toBe(409);
    expect(await here(page, again)).toBe(10_000_000);
    expect((await patch(page, again, 10_000_000, mine.bytes.subarray(10_000_000))).status).toBe(204);
    await page.take(again.uploadId);
    expect((await readFile(page.box.places.update)).equals(mine.bytes)).toBe(true);
  });
  const here = async (page: Page, { uploadId }: UpdateOffer): Promise<number> =>
    Number((await page.tus('HEAD', `/upload/${uploadId}`)).headers['upload-offset']);
});

test('bytes that are not those that were signed are refused as a whole, and nothing is kept of them', async () => {
  const page = await open();
  const bytes = Buffer.from(mine.bytes);
  bytes[20_000_000] = (bytes[20_000_000] ?? 0) ^ 1;
  const offer = await send(page, { ...mine, bytes });
  expect(await refusal(page.take(offer.uploadId))).toBe('image-damaged');
  expect(await left(page)).toEqual([]);
  expect(await refusal(page.update())).toBe('update-missing');
  // The right ones are taken from their first byte on.
  await quiet();
  expect((await page.offer(mine.note)).received).toBe(0);
}, 30_000);

describe('two at once', () => {
  /** Bytes that go on coming until they are told to stop. */
  function trickle(page: Page, sent: { method: string; path: string; headers: Record<string, string> }, as?: TestApp) {
    const [host, port] = page.box.address.split(':');
    const asked = request({ host, port, ...sent, ...(as && { cert: as.cert, key: as.key }), rejectUnauthorized: false, agent: false }); // prettier-ignore
    asked.on('error', () => undefined);
    const timer = setInterval(() => asked.write(Buffer.alloc(1000)), 50);
    return {
      end() {
        clearInterval(timer);
        asked.destroy();
      },
    };
  }
  test('while one comes from a browser, neither another browser nor an app sends; after it stopped, they do', async () => {
    const page = await open();
    const offer = await page.offer(mine.note);
    const newer = await noteOf('mine', '1.4.0');
    await create(page, offer, mine.size);
    const coming = trickle(page, { method: 'PATCH', path: `/upload/${offer.uploadId}`, headers: { cookie: page.cookie, origin: `https://${page.box.address}`, 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream', 'content-length': String(mine.size) } }); // prettier-ignore
    await until(() => refusal(page.offer(newer)), (code) => code === 'box-busy'); // prettier-ignore
    await quiet(); // not for what is sent without a pause
    expect(await refusal(page.offer(mine.note))).toBe('box-busy');
    expect(await putByApp(page, mine)).toEqual([409, 'box-busy']);
    coming.end();
    await quiet();
    const next = await page.offer(newer);
    expect([next.uploadId === offer.uploadId, next.received]).toEqual([false, 0]);
    const gone = await patch(page, offer, 0, Buffer.alloc(10));
    // Not of this any more: it is asked of the images of the cluster, which are none here.
    expect(gone.status).toBe(404);
    expect((await left(page)).some((name) => name.includes(offer.uploadId))).toBe(false);
    expect(await putByApp(page, mine)).toEqual([200, undefined]);
    expect(await refusal(page.take(next.uploadId))).toBe('upload-unknown');
  }, 30_000);
  test('while one comes from an app, no browser sends', async () => {
    const page = await open();
    const coming = trickle(page, { method: 'PUT', path: '/box/update', headers: { 'content-length': '10000000' } }, page.app); // prettier-ignore
    await until(() => refusal(page.offer(mine.note)), (code) => code === 'box-busy'); // prettier-ignore
    coming.end();
    expect(await until(() => refusal(page.offer(mine.note)), (code) => code !== 'box-busy')).toBe('nothing was refused'); // prettier-ignore
  });
  const putByApp = async ({ box, app }: Page, { bytes }: Image): Promise<[number, string | undefined]> =>
    new Promise((resolve, reject) => {
      const [host, port] = box.address.split(':');
      const to = { host, port, method: 'PUT', path: '/box/update', cert: app.cert, key: app.key, headers: { 'content-length': bytes.length } }; // prettier-ignore
      const sent = request({ ...to, rejectUnauthorized: false, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve([answer.statusCode ?? 0, (JSON.parse(text) as { code?: string }).code]));
      });
      sent.on('error', reject);
      sent.end(bytes);
    });
});
