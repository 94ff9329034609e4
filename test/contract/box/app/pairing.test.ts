import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { makeKeyPair } from '../../../../main/backend/boxes/pairing/certificate.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';
import type { StandInOptions } from '../../../support/boxes/stand-in.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
async function app(...how: Parameters<typeof openApp>) {
  const made = await openApp(...how);
  ending.push(() => made.close());
  return made;
}
async function box(options?: StandInOptions) {
  const made = await standIn(options);
  ending.push(() => made.close());
  return made;
}
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });
const pairingAsked = (asked: { path: string }[]) => asked.filter(({ path }) => path.startsWith('/box/pair'));

describe('by the secret of a written stick', () => {
  it('needs no typing; both sides are pinned, and the secret is gone', async () => {
    const here = await app();
    await here.boxes.enrolments.make({ days: 7 });
    const { secret, app: me } = await here.boxes.enrolments.make({ days: 7 });
    await here.boxes.enrolments.make({ days: 7 });
    const there = await box({ secret });
    const found = await here.handlers.lookAt({ address: there.address }, here.context);
    expect(found).toMatchObject({ fingerprint: there.keys.fingerprint, enrolment: true, hello: { boxId: there.id } });
    const { id } = await here.handlers.pair({ address: there.address }, here.context);
    expect(id).toBe(there.id);
    expect([...there.apps]).toEqual([me.fingerprint]);
    const row = await here.row(id, ({ state }) => state === 'online');
    expect(row).toMatchObject({
      fingerprint: there.keys.fingerprint,
      macs: ['52:54:00:12:34:56'],
      last: { boxId: id },
    });
    expect((await here.boxes.enrolments.good()).map((each) => each.secret)).not.toContain(secret);
    expect(await here.boxes.enrolments.good()).toHaveLength(2);
  });

  it('a secret that was used once is refused by the box the second time, and says what to do', async () => {
    const here = await app();
    const { secret } = await here.boxes.enrolments.make({ days: 7 });
    const there = await box({ secret });
    await here.handlers.pair({ address: there.address }, here.context);
    const second = await app();
    await second.boxes.enrolments.make({ days: 7 });
    await expect(second.handlers.pair({ address: there.address }, second.context)).rejects.toEqual(
      code('enrolment-none'),
    );
    expect(there.apps.size).toBe(1);
  });

  it('an expired one is not even tried', async () => {
    const here = await app();
    await here.boxes.enrolments.make({ days: -1 });
    const there = await box({ secret: 'A'.repeat(43) });
    expect(await here.handlers.lookAt({ address: there.address }, here.context)).not.toHaveProperty('enrolment');
    await expect(here.handlers.pair({ address: there.address }, here.context)).rejects.toEqual(code('no-enrolment'));
    expect(pairingAsked(there.asked)).toEqual([]);
  });

  it('a box that accepts without the secret is not believed', async () => {
    const here = await app();
    await here.boxes.enrolments.make({ days: 7 });
    const there = await box({ secret: 'A'.repeat(43) });
    there.instead.set('POST /box/pair/secret', (_request, response) => {
      response.end(JSON.stringify({ boxId: there.id, name: 'hearth', proof: 'A'.repeat(43) }));
    });
    await expect(here.handlers.pair({ address: there.address }, here.context)).rejects.toEqual(code('box-not-proven'));
    await expect(here.handlers.health({ id: there.id }, here.context)).rejects.toEqual(code('no-such-box'));
    expect(await here.boxes.enrolments.good()).toHaveLength(1);
  });
});

describe('by the code on its screen', () => {
  it('pairs with the right one only, and is told nothing by a wrong one', async () => {
    const here = await app();
    const there = await box({ code: '12345678' });
    await expect(here.handlers.pair({ address: there.address, code: '12345679' }, here.context)).rejects.toEqual(
      code('wrong-code'),
    );
    expect(there.asked.map(({ path }) => path)).not.toContain('/box/pair/code/confirm');
    await here.handlers.pair(
      { address: there.address, code: '12345678', fingerprint: there.keys.fingerprint },
      here.context,
    );
    await here.row(there.id, ({ state }) => state === 'online');
  });

  it('whoever stands between has another certificate, and gets nothing', async () => {
    const here = await app();
    const there = await box({ code: '12345678' });
    const between = await makeKeyPair('between');
    // Hands everything on to the box and back, as a man in the middle would.
    const proxy = createServer(
      { cert: between.cert, key: between.key, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        void (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          const { request: ask } = await import('node:https');
          const on = ask(
            {
              host: '127.0.0.1',
              port: there.address.split(':')[1],
              path: request.url,
              method: request.method,
              rejectUnauthorized: false,
              cert: between.cert,
              key: between.key,
              headers: { 'content-type': 'application/json' },
            },
            (answer) => {
              response.writeHead(answer.statusCode ?? 500);
              answer.pipe(response);
            },
          );
          on.end(Buffer.concat(chunks));
        })();
      },
    );
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    ending.push(async () => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    await expect(here.handlers.pair({ address, code: '12345678' }, here.context)).rejects.toEqual(code('wrong-code'));
    expect(there.apps.size).toBe(0);
    expect(there.asked.map(({ path }) => path)).toContain('/box/pair/code');
  });

  it('a closed box says so in its own words', async () => {
    const here = await app();
    const there = await box();
    await expect(here.handlers.pair({ address: there.address, code: '12345678' }, here.context)).rejects.toEqual(
      code('code-closed'),
    );
  });
});

it('the fingerprint that was shown is the only one that is spoken to', async () => {
  const here = await app();
  const there = await box({ code: '12345678' });
  const other = await makeKeyPair('other');
  await expect(
    here.handlers.pair({ address: there.address, code: '12345678', fingerprint: other.fingerprint }, here.context),
  ).rejects.toEqual(code('box-fingerprint-differs'));
  expect(there.asked).toEqual([]);
});

it('a known box with another key is refused until it is forgotten, then paired anew', async () => {
  const here = await app();
  const first = await box({ code: '11111111' });
  await here.handlers.pair({ address: first.address, code: '11111111' }, here.context);
  await here.row(first.id, ({ state }) => state === 'online');
  const again = await box({ code: '22222222', id: first.id });
  const look = await here.handlers.lookAt({ address: again.address }, here.context);
  expect(look).toMatchObject({ problem: { code: 'box-key-changed' } });
  await expect(here.handlers.pair({ address: again.address, code: '22222222' }, here.context)).rejects.toEqual(
    code('box-key-changed'),
  );
  expect(pairingAsked(again.asked)).toEqual([]);
  await here.handlers.forget({ id: first.id }, here.context);
  expect(first.apps.size).toBe(0);
  await here.handlers.pair({ address: again.address, code: '22222222' }, here.context);
  const row = await here.row(first.id, ({ state }) => state === 'online');
  expect(row.fingerprint).toBe(again.keys.fingerprint);
});

it('keys and secrets are for this user alone', async () => {
  const here = await app();
  const { secret } = await here.boxes.enrolments.make({ days: 7 });
  for (const name of ['identity.json', 'enrolments.json']) {
    const file = join(here.root, 'boxes', name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(name === 'identity.json' ? 'PRIVATE KEY' : secret);
  }
  expect((await stat(join(here.root, 'boxes'))).mode & 0o777).toBe(0o700);
});
