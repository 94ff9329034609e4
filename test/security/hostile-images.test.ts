import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReadStream } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataVolumes } from '../../main/embedded/kube/resources.ts';
import { running, startLab } from '../support/disks/lab.ts';
import type { Lab } from '../support/disks/lab.ts';
import { samples } from '../support/disks/hostile.ts';

const secretText = 'the-secret-of-this-computer';
let lab: Lab;
let folder: string;
let secret: string;
let calls: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-hostile-'));
  secret = join(folder, 'secret');
  calls = join(folder, 'calls');
  await writeFile(secret, secretText.repeat(100));
  await writeFile(calls, '');
  // A qemu-img that notes how it is called.
  const noting = join(folder, 'qemu-img');
  await writeFile(noting, `#!/bin/sh\necho "$@" >> '${calls}'\nexec qemu-img "$@"\n`);
  await chmod(noting, 0o755);
  lab = await startLab(noting);
});
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

/** Imports the file and gives the failure's condition. */
async function refusal(name: string, source: object, annotations: Record<string, string>) {
  lab.volume(name, source, { labels: { 'hearth.dev/image': 'true' }, annotations });
  await lab.phase(name, 'Succeeded', 'UploadReady').catch(() => undefined);
  return running(lab.context.store.get(dataVolumes, 'default', name));
}

async function assertNothingWasTaken(message: string | undefined): Promise<void> {
  expect(message).toMatch(/^[A-Z"/].{30,}\.$/s);
  expect(message).not.toContain(secretText);
  expect(await readFile(calls, 'utf8')).not.toMatch(/^convert/m);
  const places = ['disks/base', 'disks/volumes', 'scratch'];
  expect(await Promise.all(places.map((place) => readdir(join(lab.root, place))))).toEqual([[], [], []]);
}

test.each(samples.map((sample, index) => ({ ...sample, index })))('refuses: $name', async ({ index, ...sample }) => {
  const file = join(folder, `sample-${index}.raw`);
  await sample.make(file, secret);
  for (const mode of ['copy', 'in-place']) {
    const found = await refusal(
      `s${index}-${mode}`,
      { upload: {} },
      { 'hearth.dev/import-from-path': file, 'hearth.dev/import-mode': mode },
    );
    expect(found).toMatchObject({ status: 'False', reason: sample.code });
    await assertNothingWasTaken(found?.message);
  }
});

test('refuses the same over an upload', async () => {
  for (const name of ['qcow2 with a backing file', 'VMDK text naming a host file', 'OVA with ../']) {
    const index = samples.findIndex((sample) => sample.name === name);
    const dv = `upload-${index}`;
    lab.volume(dv, { upload: {} }, { labels: { 'hearth.dev/image': 'true' } });
    await lab.phase(dv, 'UploadReady');
    const token = lab.disks.uploads.issueToken('default', dv);
    const answer = await lab.disks.uploads.accept(token, createReadStream(join(folder, `sample-${index}.raw`)), {
      mode: 'sync',
      signal: new AbortController().signal,
    });
    expect(answer.code).toBe(400);
    await lab.phase(dv, 'Succeeded').catch(() => undefined);
    const found = running(lab.context.store.get(dataVolumes, 'default', dv));
    expect(found?.reason).toBe(samples[index]?.code);
    await assertNothingWasTaken(found?.message);
  }
});

test('an image backed by a server makes no connection', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = join(folder, 'nbd.qcow2');
  const sample = await readFile(
    join(folder, `sample-${samples.findIndex(({ name }) => name === 'qcow2 backed by a server')}.raw`),
  );
  const address = `nbd://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  sample.write(address, Number(sample.readBigUInt64BE(8)));
  sample.writeUInt32BE(address.length, 16);
  await writeFile(file, sample);
  const found = await refusal(
    'nbd',
    { upload: {} },
    { 'hearth.dev/import-from-path': file, 'hearth.dev/import-mode': 'copy' },
  );
  expect(found?.reason).toBe('BackingFile');
  expect(connections).toBe(0);
  server.close();
});

test('every refusal has its own plain text', () => {
  expect(samples.length).toBeGreaterThanOrEqual(14);
  expect(new Set(samples.map(({ code }) => code)).size).toBeGreaterThanOrEqual(14);
});
