import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Place } from '../../../main/backend/provision/place.ts';
import { openKnownHosts } from '../../../main/backend/provision/places/known-hosts.ts';
import type { KnownHosts } from '../../../main/backend/provision/places/known-hosts.ts';
import { sshTimes } from '../../../main/backend/provision/places/ssh-connection.ts';
import type { SshChoice } from '../../../main/backend/provision/places/ssh-connection.ts';
import { probeHostKey } from '../../../main/backend/provision/places/ssh-probe.ts';
import { openSshPlace } from '../../../main/backend/provision/places/ssh.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { startSshd, startWire } from '../../support/sshd.ts';
import type { TestSshd, Wire } from '../../support/sshd.ts';
import { silent } from '../../support/store.ts';

let sshd: TestSshd;
let folder: string;
let knownHosts: KnownHosts;
// In the home folder of whoever runs this: never the one a real Hearth uses.
const stagingName = `.hearth-staging-test-${process.pid}`;
const staging = join(homedir(), stagingName);
const open: Place[] = [];
const wires: Wire[] = [];
const { signal } = new AbortController();

beforeAll(async () => {
  sshd = await startSshd();
  folder = mkdtempSync(join(tmpdir(), 'hearth-ssh-'));
  knownHosts = await openKnownHosts(join(folder, 'known-hosts.json'), silent);
});
afterEach(async () => {
  for (const place of open.splice(0)) await place.close();
  for (const wire of wires.splice(0)) await wire.close();
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true, force: true });
});

const choice = (more: Partial<SshChoice> = {}): SshChoice => ({
  type: 'ssh',
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  auth: { by: 'key', path: sshd.key },
  hostKey: sshd.fingerprint,
  ...more,
});
const placeOf = async (more: Partial<SshChoice> = {}, times?: typeof sshTimes): Promise<Place> => {
  const place = await openSshPlace(choice(more), {
    knownHosts,
    log: silent,
    staging: stagingName,
    ...(times && { times }),
  });
  open.push(place);
  return place;
};
const wireOf = async (): Promise<Wire> => {
  const wire = await startWire(sshd.port);
  wires.push(wire);
  return wire;
};
const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return (error as ProblemError).problem;
};
const fileOf = (bytes: Buffer) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
  content: { bytes },
});

describe('host keys', () => {
  test('the probe says what ssh-keygen says, signs nobody in, and knows the pinned one', async () => {
    const hosts = await openKnownHosts(join(folder, 'probed.json'), silent);
    const first = await probeHostKey('127.0.0.1', sshd.port, hosts);
    expect(first).toEqual({ hostKey: sshd.fingerprint, keyType: 'ssh-ed25519', trust: 'new' });
    await hosts.pin('127.0.0.1', sshd.port, { key: first.hostKey, type: first.keyType });
    expect(await probeHostKey('127.0.0.1', sshd.port, hosts)).toMatchObject({ trust: 'same', pinned: first.hostKey });
  });
  test('a machine that nobody accepted is told nothing', async () => {
    const place = await openSshPlace(
      { type: 'ssh', host: '127.0.0.1', port: sshd.port, user: sshd.user, auth: { by: 'key', path: sshd.key } },
      { knownHosts: await openKnownHosts(join(folder, 'none.json'), silent), log: silent },
    );
    open.push(place);
    const problem = await problemOf(place.run(['true']));
    expect(problem).toMatchObject({ code: 'host-key-unknown', kind: 'denied' });
    expect(problem.detail).toContain(sshd.fingerprint);
  });
  test('another key than the accepted one, or than the pinned one, is a hard stop', async () => {
    const hosts = await openKnownHosts(join(folder, 'changing.json'), silent);
    const placeNow = async (hostKey?: string) => {
      const place = await openSshPlace({ ...choice(), hostKey }, { knownHosts: hosts, log: silent });
      open.push(place);
      return place;
    };
    const before = sshd.fingerprint;
    expect((await problemOf((await placeNow('SHA256:other')).run(['true']))).code).toBe('host-key-changed');
    expect(await hosts.get('127.0.0.1', sshd.port)).toBeUndefined();
    expect((await (await placeNow(before)).run(['true'])).code).toBe(0);
    // Pinned now: it need not be named again.
    expect((await (await placeNow()).run(['true'])).code).toBe(0);
    await sshd.renewHostKeys();
    expect(sshd.fingerprint).not.toBe(before);
    const probe = await probeHostKey('127.0.0.1', sshd.port, hosts);
    expect(probe).toMatchObject({ trust: 'changed', pinned: before, hostKey: sshd.fingerprint });
    // Not even when the person accepts the new one: the old pin must go first.
    for (const hostKey of [undefined, sshd.fingerprint])
      expect(await problemOf((await placeNow(hostKey)).run(['true']))).toMatchObject({
        code: 'host-key-changed',
        kind: 'denied',
      });
    await hosts.forget('127.0.0.1', sshd.port);
    expect((await (await placeNow(sshd.fingerprint)).run(['true'])).code).toBe(0);
  });
});

describe('signing in', () => {
  test('with a key, with a locked key, and the words for what is wrong with one', async () => {
    expect((await (await placeOf()).run(['true'])).code).toBe(0);
    const locked = { by: 'key', path: sshd.lockedKey } as const;
    expect((await (await placeOf({ auth: { ...locked, passphrase: sshd.passphrase } })).run(['true'])).code).toBe(0);
    expect(await problemOf((await placeOf({ auth: locked })).run(['true']))).toMatchObject({
      code: 'ssh-key-passphrase',
    });
    expect(await problemOf((await placeOf({ auth: { ...locked, passphrase: 'no' } })).run(['true']))).toMatchObject({
      code: 'ssh-key-passphrase',
      fields: { passphrase: expect.any(String) as string },
    });
    const missing = { by: 'key', path: join(folder, 'nothing') } as const;
    expect((await problemOf((await placeOf({ auth: missing })).run(['true']))).code).toBe('ssh-key-unreadable');
    const stranger = { by: 'key', path: sshd.strangerKey } as const;
    expect(await problemOf((await placeOf({ auth: stranger })).run(['true']))).toMatchObject({
      code: 'ssh-key-refused',
      kind: 'denied',
    });
  });
  test('a wrong password is denied, and named at its field', async () => {
    const auth = { by: 'password', password: 'certainly not' } as const;
    expect(await problemOf((await placeOf({ auth })).run(['true']))).toMatchObject({
      code: 'ssh-password-refused',
      kind: 'denied',
      fields: { password: expect.any(String) as string },
    });
  });
  test('nobody listens; something else listens; somebody listens and says nothing', async () => {
    const times = { readyMs: 300, aliveMs: 1000 };
    const silentServer = createServer(() => undefined);
    const webServer = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    for (const server of [silentServer, webServer])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const portOf = (server: typeof silentServer) => (server.address() as AddressInfo).port;
    try {
      expect((await problemOf((await placeOf({ port: 1 })).run(['true']))).code).toBe('ssh-refused');
      expect((await problemOf(probeHostKey('127.0.0.1', portOf(silentServer), knownHosts, times))).code).toBe(
        'ssh-timeout',
      );
      expect((await problemOf(probeHostKey('127.0.0.1', portOf(webServer), knownHosts, times))).code).toMatch(
        /^ssh-(protocol|failed)$/,
      );
      expect((await problemOf(probeHostKey('no-such-host.invalid', 22, knownHosts))).code).toBe('ssh-name-unknown');
    } finally {
      silentServer.close();
      webServer.close();
    }
  });
});

describe('programs', () => {
  test('every byte of an argument arrives as it is', async () => {
    const place = await placeOf();
    const everything = Array.from({ length: 127 }, (_, at) => String.fromCharCode(at + 1));
    const words = [
      everything.join(''), ...everything, '', ' ', '-n', '$(id)', '`id`', '"$HOME"', "it's", "'", "''", '\\', "\\'", '!!', '~', '*', 'ä€🖥',
    ]; // prettier-ignore
    const { stdout, code } = await place.run(['sh', '-c', 'for word; do printf "%s\\0" "$word"; done', 'sh', ...words]);
    expect(code).toBe(0);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    await expect(place.run(['true', 'a\0b'])).rejects.toThrow('NUL');
  });
  test('stdin, both outputs, exit codes, signals, limits, no such program', async () => {
    const place = await placeOf();
    expect(await place.run(['sh', '-c', 'cat; echo oh >&2; exit 7'], { stdin: 'hello' })).toEqual({
      code: 7,
      stdout: 'hello',
      stderr: 'oh\n',
      timedOut: false,
    });
    expect((await place.run(['sh', '-c', 'kill -9 $$'])).code).toBeNull();
    expect((await place.run(['no-such-program-here'])).code).toBe(127);
    expect((await place.run(['seq', '1', '100000'], { limit: 10 })).stdout).toHaveLength(10);
  });
  test('a program that takes too long is ended, and so is one that is cancelled', async () => {
    const place = await placeOf();
    expect(await place.run(['sleep', '60'], { timeoutMs: 200 })).toMatchObject({ timedOut: true });
    const stop = new AbortController();
    const running = place.run(['sleep', '60'], { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await place.run(['echo', 'still here'])).stdout).toBe('still here\n');
  });
  test('as root: lines as they come, and the exit code', async () => {
    const place = await placeOf();
    const how = await place.elevation();
    if (process.getuid?.() !== 0) return expect(how).not.toBe('root');
    expect(how).toBe('root');
    const lines: string[] = [];
    const outcome = await place.elevate(['sh', '-c', 'id -u; echo ä; echo no >&2; printf last; exit 3'], {
      onLine: (line) => lines.push(line),
      signal,
      timeoutMs: 10_000,
    });
    expect(outcome).toEqual({ outcome: 'ran', code: 3, stderr: 'no\n' });
    expect(lines).toEqual(['0', 'ä', 'last']);
  });
});

describe('files', () => {
  test('are sent once, under their sum, into a folder of ours alone, and taken away', async () => {
    const place = await placeOf();
    const path = join(folder, 'big');
    const big = randomBytes(3_000_000);
    await writeFile(path, big);
    const files = [fileOf(Buffer.from('small')), fileOf(Buffer.alloc(0)), { ...fileOf(big), content: { path } }];
    const told: number[] = [];
    const { folder: there } = await place.stage(files, { signal, onProgress: (bytes) => told.push(bytes) });
    expect(there).toBe(staging);
    expect((await stat(there)).mode & 0o777).toBe(0o700);
    for (const { sha256, size } of files) expect((await stat(join(there, sha256))).size).toBe(size);
    expect(told.at(-1)).toBe(big.length + 5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    const wire = await wireOf();
    const again = await openSshPlace(choice({ port: wire.port, hostKey: sshd.fingerprint }), {
      knownHosts,
      log: silent,
      staging: stagingName,
    });
    open.push(again);
    await again.stage(files, { signal, onProgress: () => undefined });
    expect(wire.sent).toBeLessThan(20_000);
    // One that is not what its name says is sent anew.
    await writeFile(join(there, files[0]!.sha256), 'SMALL');
    await place.stage(files, { signal, onProgress: () => undefined });
    expect(await readFile(join(there, files[0]!.sha256), 'utf8')).toBe('small');
    await place.unstage();
    await expect(stat(there)).rejects.toThrow('ENOENT');
  });
  test('a line that breaks in the middle: told as such, and the next try goes on from there', async () => {
    const wire = await wireOf();
    const place = await placeOf({ port: wire.port });
    const big = fileOf(randomBytes(8_000_000));
    await place.run(['true']);
    wire.cutAfter(4_000_000);
    const problem = await problemOf(place.stage([big], { signal, onProgress: () => undefined }));
    expect(problem.code).toBe('connection-lost');
    const part = (await stat(join(staging, `${big.sha256}.part`))).size;
    expect(part).toBeGreaterThan(1_000_000);
    const before = wire.sent;
    await place.stage([big], { signal, onProgress: () => undefined });
    expect(wire.sent - before).toBeLessThan(big.size - part + 500_000);
    expect(
      createHash('sha256')
        .update(await readFile(join(staging, big.sha256)))
        .digest('hex'),
    ).toBe(big.sha256);
    expect((await readdir(staging)).filter((name) => name.endsWith('.part'))).toEqual([]);
    // What an earlier try left was damaged there: found out, and sent whole.
    const other = fileOf(randomBytes(500_000));
    await writeFile(join(staging, `${other.sha256}.part`), Buffer.alloc(200_000));
    await place.stage([other], { signal, onProgress: () => undefined });
    expect((await readFile(join(staging, other.sha256))).equals(other.content.bytes)).toBe(true);
    await place.unstage();
  });
  test('a line that stands still is noticed', async () => {
    const wire = await wireOf();
    const place = await placeOf({ port: wire.port }, { readyMs: 5000, aliveMs: 200 });
    await place.run(['true']);
    const running = problemOf(place.run(['sleep', '60'], { timeoutMs: 60_000 }));
    wire.freeze();
    expect((await running).code).toBe('connection-lost');
  });
  test.skipIf(process.getuid?.() !== 0)('a connection that ends while a program runs as root', async () => {
    const wire = await wireOf();
    const place = await placeOf({ port: wire.port });
    const lines: string[] = [];
    const running = problemOf(
      place.elevate(['sh', '-c', 'echo begun; sleep 60'], {
        onLine: (line) => {
          lines.push(line);
          void wire.close();
        },
        signal,
        timeoutMs: 60_000,
      }),
    );
    expect((await running).code).toBe('connection-lost');
  });
  test('reading small files: what is there, what is not, what may not be read', async () => {
    const place = await placeOf();
    await writeFile(join(folder, 'text'), 'x'.repeat(100_000));
    expect((await place.read(join(folder, 'text')))?.length).toBe(100_000);
    expect((await place.read(join(folder, 'text'), 10))?.toString()).toBe('xxxxxxxxxx');
    expect(await place.read(join(folder, 'nothing'))).toBeUndefined();
    expect(await place.read(folder)).toBeUndefined();
  });
  test('a staging folder that is a link, or open to others', async () => {
    const place = await placeOf();
    await place.unstage();
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), staging);
    const stage = () => place.stage([fileOf(Buffer.from('x'))], { signal, onProgress: () => undefined });
    expect((await problemOf(stage())).code).toBe('folder-not-ours');
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
    await place.unstage();
    await mkdir(staging);
    await chmod(staging, 0o777);
    await stage();
    expect((await stat(staging)).mode & 0o777).toBe(0o700);
    await place.unstage();
  });
});
