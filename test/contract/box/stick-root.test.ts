import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleProgram } from '../../../main/launch/bundle.mjs';
import { asProblem } from '../../../main/contract/problem.ts';
import { runStickHelper } from '../../../main/backend/boxes/sticks/helper/client.ts';
import { fedProgram, onlyRootWrites } from '../../../main/backend/boxes/sticks/helper/program.ts';
import type { HelperProgram } from '../../../main/backend/boxes/sticks/helper/program.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { quiet } from '../../support/provision/stand-ins.ts';

let folder: string;
let code: Buffer;
let sha256: string;
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const root = process.getuid?.() === 0;

beforeAll(async () => {
  code = Buffer.from(await bundleProgram('main/stick-helper.ts'));
  sha256 = hashOf(code);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stick-root-'));
  writeFileSync(join(folder, 'image'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A sudo that asks for nothing and leaves the password that came on stdin where it is; keeps what it was told to run. */
const sudo = (): void => {
  const text = `#!/bin/sh
printf '%s\\n' "$*" >>"${folder}/calls"
while [ $# -gt 0 ]; do case $1 in -*) [ "$1" = -- ] && { shift; break; }; shift ;; *) break ;; esac; done
exec "$@"
`;
  writeFileSync(join(folder, 'sudo'), text);
  chmodSync(join(folder, 'sudo'), 0o755);
};
const copies = (): string[] => ['/run', '/var/tmp'].flatMap((place) => readdirSync(place).filter((name) => name.startsWith('hearth-'))); // prettier-ignore

async function run(program: HelperProgram, how: { abortAt?: string; password?: string } = {}) {
  const told: string[] = [];
  const stop = new AbortController();
  const end = await runStickHelper({
    place: localPlace({ stagingRoot: folder, log: quiet, uid: 1000, env: { PATH: folder } }),
    program,
    // No such drive: the helper comes as far as looking for it.
    call: { mode: 'write', device: '/dev/sdzz', serial: '', size: 1, diskseq: '', image: join(folder, 'image'), imageSize: 1, imageSha256: '0'.repeat(64), typed: '', fullCheck: 'no' },
    settings: { version: 1, installId: '0'.repeat(32) },
    password: how.password,
    signal: stop.signal,
    onEvent(event) {
      told.push(event.event);
      if (event.event === how.abortAt) stop.abort();
    },
  }).then(
    () => 'done',
    (error: unknown) => asProblem(error).code,
  );
  return { end, told };
} // prettier-ignore

describe('what becomes root for a stick', () => {
  it('is one file without any other, and runs from what was sent, not from a file', async () => {
    sudo();
    expect(await run(await fedProgram(code, sha256))).toEqual({ end: 'stick-gone', told: ['boot', 'ready', 'step', 'failed'] }); // prettier-ignore
    const calls = readFileSync(join(folder, 'calls'), 'utf8');
    expect(calls).not.toContain('stick-helper.js');
    expect(calls).toContain(sha256);
  });

  it('passes over what a prompt left on stdin', async () => {
    sudo();
    expect((await run(await fedProgram(code, sha256), { password: 'geheim\ncode x' })).end).toBe('stick-gone');
  });

  it('that is another file than was built is refused before anybody is asked', async () => {
    sudo();
    const other = Buffer.from(code);
    other.writeUInt8(other.readUInt8(1000) ^ 1, 1000);
    await expect(fedProgram(other, sha256)).rejects.toMatchObject({ problem: { code: 'stick-helper-changed', kind: 'denied' } }); // prettier-ignore
  });

  it('that arrives changed is not run', async () => {
    sudo();
    const program = await fedProgram(code, sha256);
    const evil = Buffer.from(program.code ?? '');
    evil.write(`require('fs').writeFileSync('${folder}/owned','')`, 200);
    expect(await run({ ...program, code: evil })).toEqual({ end: 'stick-helper-changed', told: ['boot', 'failed'] });
    expect(readdirSync(folder)).not.toContain('owned');
  });

  it.each(['boot', 'ready'])('is stopped by a word at its "%s"', async (abortAt) => {
    sudo();
    expect((await run(await fedProgram(code, sha256), { abortAt })).end).toBe('cancelled');
  });

  it('calls the programs of the system, not those of the caller', async () => {
    sudo();
    writeFileSync(join(folder, 'lsblk'), `#!/bin/sh\ntouch ${folder}/owned\n`);
    chmodSync(join(folder, 'lsblk'), 0o755);
    expect((await run(await fedProgram(code, sha256))).end).toBe('stick-gone');
    expect(readdirSync(folder)).not.toContain('owned');
  });
});

// A Node of the user's own, as npm and nvm bring it.
describe.skipIf(!root || process.platform !== 'linux')('the Node that runs it', () => {
  const mine = () => {
    const path = join(folder, 'node');
    copyFileSync(process.execPath, path);
    chmodSync(path, 0o755);
    return { argv: [path], bytes: path, alone: true };
  };
  it('is copied by root, compared and run, and leaves nothing', async () => {
    sudo();
    const before = copies();
    const program = await fedProgram(code, sha256, { node: mine(), uid: 1000 });
    expect(program.argv[0]).toBe('/bin/sh');
    expect((await run(program)).end).toBe('stick-gone');
    expect(copies()).toEqual(before);
  });

  it('exchanged while the person is asked is not run', async () => {
    sudo();
    const before = copies();
    const node = mine();
    const program = await fedProgram(code, sha256, { node, uid: 1000 });
    writeFileSync(node.bytes, `#!/bin/sh\ntouch ${folder}/owned\n`);
    expect((await run(program)).end).toBe('program-changed');
    expect(readdirSync(folder)).not.toContain('owned');
    expect(copies()).toEqual(before);
  });

  it('exchanged on the disk since we were started from it does not count: the kernel keeps what we run', async () => {
    const { argv } = mine();
    const program = await fedProgram(code, sha256, { node: { argv, bytes: '/proc/self/exe', alone: true }, uid: 1000 });
    expect(program.argv[5]).toBe(hashOf(readFileSync('/proc/self/exe')));
  });

  it('of root itself runs where it is', async () => {
    expect(await onlyRootWrites('/bin/sh').catch(() => false)).toBe(false); // a link at most
    expect(await onlyRootWrites('/usr/bin/env')).toBe(true);
    expect(await onlyRootWrites(join(folder, 'image'))).toBe(false); // /tmp is everybody's
    const env = { argv: ['/usr/bin/env'], bytes: '/usr/bin/env', alone: true };
    expect((await fedProgram(code, sha256, { node: env, uid: 1000 })).argv[0]).toBe('/usr/bin/env');
  });
});
