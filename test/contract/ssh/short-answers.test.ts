import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { openKnownHosts } from '../../../main/backend/provision/places/known-hosts.ts';
import { probeHostKey } from '../../../main/backend/provision/places/ssh-probe.ts';
import { openSshPlace } from '../../../main/backend/provision/places/ssh.ts';
import { silent } from '../../support/store.ts';

test('a program that ends before anybody can listen has its exit code heard all the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-ssh-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const hostKey = privateKey.export({ type: 'pkcs1', format: 'pem' });
  let calls = 0;
  // Answer, output, exit code and end of a call go out in one tick, and so arrive in one piece.
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('authentication', (request) => request.accept());
    client.on('error', () => undefined);
    client.on('session', (open) => {
      open().on('exec', (accept) => {
        const stream = accept();
        stream.write(`call ${(calls += 1)}\n`);
        stream.exit(calls % 8);
        stream.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const knownHosts = await openKnownHosts(join(folder, 'known-hosts.json'), silent);
  const { hostKey: accepted } = await probeHostKey('127.0.0.1', port, knownHosts);
  const place = await openSshPlace(
    {
      type: 'ssh',
      host: '127.0.0.1',
      port,
      user: 'ada',
      auth: { by: 'password', password: 'any' },
      hostKey: accepted,
    },
    { knownHosts, log: silent },
  );
  onTestFinished(async () => {
    await place.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (let call = 1; call <= 40; call += 1)
    expect(await place.run(['true'])).toMatchObject({ code: call % 8, stdout: `call ${call}\n` });
});
