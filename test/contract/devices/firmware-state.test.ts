import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineContext } from '../../../main/embedded/kube/context.ts';
import { packState, stateAnnotation, takeState } from '../../../main/embedded/machine/firmware-state.ts';

const run = promisify(execFile);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-firmware-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const places = (name: string) => ({ vars: join(folder, name, 'vars.qcow2'), tpmState: join(folder, name, 'tpm') });
const template = (): string => {
  const path = join(folder, 'OVMF_VARS.fd');
  writeFileSync(path, Buffer.alloc(65_536));
  return path;
};
/** An engine whose one machine names a Secret with these data. */
function engineWith(data: Record<string, string>): { context: EngineContext; reasons: string[] } {
  const reasons: string[] = [];
  const vm = { metadata: { name: 'm', namespace: 'default', annotations: { [stateAnnotation]: 's' } } };
  const context = {
    store: { get: (type: { kind: string }) => (type.kind === 'Secret' ? { data } : vm) },
    config: { qemuImg: 'qemu-img' },
    paths: { scratch: join(folder, 'scratch') },
    event: (_about: unknown, _type: string, reason: string, message: string) => reasons.push(`${reason}: ${message}`),
  } as unknown as EngineContext;
  return { context, reasons };
}
const of = { namespace: 'default', name: 'm' };
const packed = (bytes: Buffer): string => gzipSync(bytes).toString('base64');

test('what is packed is taken as it was; a machine with state of its own keeps that', async () => {
  const from = places('from');
  mkdirSync(from.tpmState, { recursive: true });
  writeFileSync(join(from.tpmState, 'tpm2-00.permall'), 'the memory of a TPM');
  const raw = join(folder, 'raw');
  writeFileSync(raw, Buffer.alloc(65_536, 'variables'));
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, from.vars]);
  const data = await packState(engineWith({}).context, from);
  expect(Object.keys(data ?? {})).toEqual(['vars.raw.gz', 'tpm2-00.permall.gz']);

  const to = places('to');
  const { context, reasons } = engineWith(data ?? {});
  await takeState(context, of, to, template());
  expect(reasons).toEqual([expect.stringMatching(/^FirmwareStateTaken/)]);
  expect(readFileSync(join(to.tpmState, 'tpm2-00.permall'), 'utf8')).toBe('the memory of a TPM');
  await run('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, to.vars]);
  writeFileSync(join(to.tpmState, 'tpm2-00.permall'), 'its own by now');
  await takeState(context, of, to, template());
  expect(readFileSync(join(to.tpmState, 'tpm2-00.permall'), 'utf8')).toBe('its own by now');
  expect(reasons).toHaveLength(1);
  expect(await packState(context, places('nothing'))).toBeUndefined();
});

test.each([
  ['variables of another firmware', { 'vars.raw.gz': packed(Buffer.alloc(100)) }, 'another firmware'],
  ['no gzip', { 'tpm2-00.permall.gz': Buffer.from('nonsense').toString('base64') }, 'not taken'],
  ['a TPM without an end', { 'tpm2-00.permall.gz': packed(Buffer.alloc(64 * 2 ** 20)) }, 'not taken'],
])('%s is told and left; nothing half is there', async (_name, data, words) => {
  const to = places('to');
  const { context, reasons } = engineWith(data as Record<string, string>);
  await takeState(context, of, to, template());
  expect(reasons).toEqual([expect.stringContaining(words)]);
  expect([existsSync(to.vars), existsSync(to.tpmState)]).toEqual([false, false]);
});

test('variables are read as raw bytes, whatever they look like', async () => {
  const outside = join(folder, 'secret');
  writeFileSync(outside, 'SECRET'.repeat(10_000));
  const hostile = join(folder, 'hostile.qcow2');
  await run('qemu-img', ['create', '-f', 'qcow2', '-F', 'raw', '-b', outside, hostile, '64K']);
  const bytes = Buffer.concat([readFileSync(hostile), Buffer.alloc(65_536)]);
  const sized = bytes.subarray(0, 65_536);
  const to = places('to');
  await takeState(engineWith({ 'vars.raw.gz': packed(Buffer.from(sized)) }).context, of, to, template());
  const { stdout } = await run('qemu-img', ['info', '--output=json', to.vars]);
  expect(JSON.parse(stdout)).not.toHaveProperty('backing-filename');
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', to.vars, join(folder, 'out')]);
  expect(readFileSync(join(folder, 'out')).includes('SECRETSECRET')).toBe(false);
});
