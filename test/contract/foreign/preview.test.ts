import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pick, pickList } from '../../../main/backend/target/pick.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';

const samples = join(import.meta.dirname, '../../unit/foreign/samples');
const entry = join(import.meta.dirname, '../../../main/cli.ts');
const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
}, 60_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
});

/** A disk of 4 MiB in a file, in the library. */
async function inLibrary(file: string, name: string): Promise<void> {
  const folder = join(data.path, 'files');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, file);
  const content = Buffer.alloc(4 * 2 ** 20, file);
  // A disk of another format has a mark; a raw one starts with a partition table.
  content.fill(0, 0, 512);
  content[446 + 4] = 0x83;
  content.set([0x55, 0xaa], 510);
  writeFileSync(path, content);
  await page.api.images.addFromFile({ path, mode: 'copy', name, displayName: file });
  await until(page.api.images.watch({}), rowKeys.image, (all) => [...all.values()].some((row) => row.name === name && row.state === 'ready')); // prettier-ignore
}
const vmx = (extra = ''): string =>
  `config.version = "8"\ndisplayName = "Web 1"\nmemsize = "64"\nguestOS = "debian12-64"\nscsi0.present = "TRUE"\nscsi0:0.present = "TRUE"\nscsi0:0.fileName = "web.img"\nscsi0:1.present = "TRUE"\nscsi0:1.fileName = "data.img"\nethernet0.present = "TRUE"\nethernet0.virtualDev = "vmxnet3"\nethernet0.generatedAddress = "00:0c:29:17:e2:a1"\n${extra}`; // prettier-ignore
const sent = (text: string, name = 'web.vmx') => ({
  name,
  size: Buffer.byteLength(text),
  head: Buffer.from(text).toString('base64'),
});

test('a described machine is previewed by the target, its disks found, and made as it was shown', async () => {
  const before = await page.api.foreign.preview({ files: [sent(vmx())] });
  expect(before.disks).toEqual([
    { slot: 'scsi0:0', file: 'web.img' },
    { slot: 'scsi0:1', file: 'data.img' },
  ]);
  expect(before.preview.problem).toBeUndefined();
  expect(before.preview.yaml).not.toContain('pvc');
  await inLibrary('web.img', 'web');
  await inLibrary('data.img', 'data');
  const found = await page.api.foreign.preview({ files: [sent(vmx())] });
  expect(found.disks.map(({ image }) => image?.name)).toEqual(['web', 'data']);
  expect(found.preview.problem).toBeUndefined();
  expect(found.input).toMatchObject({ name: 'web-1', preference: 'linux', start: false }); // Debian's own asks for more memory
  const shown = parse(found.preview.yaml) as { kind: string; spec: { dataVolumeTemplates: unknown[] } };
  expect(shown.kind).toBe('VirtualMachine');
  await page.api.machines.create(found.input);
  const detail = page.api.machines.detail({ namespace: 'default', name: 'web-1' });
  for await (const { row, disks, interfaces, vm } of detail) {
    if (row.status !== 'Stopped') continue;
    expect(disks.map(({ source, bus }) => `${source} ${bus}`)).toEqual([
      'dataVolume web-1-root sata',
      'dataVolume web-1-disk2 sata',
    ]);
    expect(interfaces[0]?.mac).toBe('00:0c:29:17:e2:a1');
    const clones = pickList(vm, 'spec', 'dataVolumeTemplates').map((each) => pick(each, 'spec', 'source', 'pvc'));
    expect(clones).toEqual([
      { namespace: 'hearth-images', name: 'web' },
      { namespace: 'hearth-images', name: 'data' },
    ]);
    break;
  }
  const again = await page.api.foreign.preview({ files: [sent(vmx())] });
  expect(again.input.name).toBe('web-2');
}, 60_000);

test('what the target refuses is told with the preview, and what nobody can read is a Problem', async () => {
  const huge = await page.api.foreign.preview({ files: [sent(vmx('uefi.secureBoot.enabled = "TRUE"\nfirmware = "efi"\n'))] }); // prettier-ignore
  // Firmware with enrolled keys may be missing on this computer: then it is said, and nothing else.
  if (huge.preview.problem) expect(huge.preview.problem.detail).toMatch(/secure ?boot|firmware|OVMF/i);
  await expect(page.api.foreign.preview({ files: [sent('<!DOCTYPE x []><domain/>', 'x.xml')] })).rejects.toMatchObject({ problem: { code: 'foreign-bad' } }); // prettier-ignore
});

test('an image that went away meanwhile is named at its disk', async () => {
  const { input } = await page.api.foreign.preview({ files: [sent(vmx())] });
  const gone = { ...input, extraDisks: [{ name: 'disk2', size: 2 ** 22, bus: 'sata' as const, image: { namespace: 'hearth-images', name: 'gone' } }] }; // prettier-ignore
  await expect(page.api.machines.create(gone)).rejects.toMatchObject({
    problem: { code: 'image-not-found', fields: { 'extraDisks.0.name': 'not in the library' } },
  });
});

test('hearth import --preview prints the manifest, and says what stays behind', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = spawn(process.execPath, [entry, 'import', ...args, '--data-dir', data.path], { stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.once('close', (code) => resolve({ code, out, err }));
    });
  const conf = await run('--preview', join(samples, '101.conf'));
  expect(conf.code).toBe(0);
  expect(parse(conf.out)).toMatchObject({ kind: 'VirtualMachine', metadata: { name: 'web01' } });
  expect(conf.err).toContain('web01 (proxmox), here web01: 4 vCPUs, 4096 MiB, BIOS, Linux');
  expect(conf.err).toContain('qemu-img convert -O qcow2 "$(pvesm path local-lvm:vm-101-disk-0)" vm-101-disk-0.qcow2');
  expect(conf.err).toContain('Snapshots (before-upgrade): Only the machine as it is now can be taken over.');
  const none = await run('--preview');
  expect(none).toMatchObject({ code: 2, out: '' });
  const wrong = await run('--preview', join(samples, '..', 'samples.test.ts'));
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('This describes no machine that Hearth knows');
}, 60_000);
