import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import { openMachineFile } from '../../../main/backend/transfer/file/read.ts';
import { readEnvelope, unitBytes } from '../../../main/backend/transfer/ovf/envelope.ts';
import { machineOf } from '../../../main/backend/transfer/ovf/hardware.ts';
import { readSums } from '../../../main/backend/transfer/ovf/open.ts';
import { ovfText } from '../../support/appliances.ts';
import type { ApplianceRows } from '../../support/appliances.ts';
import { member, tar } from '../../support/disks/tar.ts';

const rows: ApplianceRows = {
  name: 'web',
  memoryMiB: 2048,
  cpus: 4,
  controllers: [
    { id: 3, type: 6, subType: 'lsilogic' },
    { id: 4, type: 5, subType: 'PIIX4' },
  ],
  disks: [
    { id: 'vmdisk1', file: 'a.vmdk', gib: 8, parent: 3, place: 1 },
    { id: 'vmdisk2', file: 'b.vmdk', gib: 4, parent: 3, place: 0 },
    { id: 'vmdisk3', gib: 2, parent: 4, place: 0 },
  ],
  nics: [
    { network: 'Office', subType: 'E1000e', mac: '0050.56AA.BB01' },
    { network: 'Office', subType: 'VmxNet3' },
    { network: 'Storage', subType: 'PCNet32' },
  ],
};
const problem = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.detail;
    throw error;
  }
  return 'it was taken';
};
const made = (text: string, networks = {}) => machineOf(readEnvelope(text), networks);
const domainOf = (machine: { spec: Record<string, unknown> }) =>
  (machine.spec['template'] as { spec: { domain: { cpu: object; memory: object; firmware: object; devices: { interfaces: object[] } }; networks: object[] } }).spec; // prettier-ignore

describe('a description', () => {
  it('gives its disks in the order of a firmware, with sizes and empty ones', () => {
    const { disks } = made(ovfText(rows));
    expect(disks.map(({ volume, href, capacity }) => [volume, href, capacity / 2 ** 30])).toEqual([
      ['root', undefined, 2],
      ['disk-2', 'b.vmdk', 4],
      ['disk-3', 'a.vmdk', 8],
    ]);
  });
  it('gives processors, memory, firmware and cards, and says what became of them', () => {
    const { machine, notes } = made(ovfText({ ...rows, efi: true }), { Storage: 'lab/storage' });
    const { domain, networks } = domainOf(machine);
    expect(domain).toMatchObject({
      cpu: { sockets: 1, cores: 4, threads: 1 },
      memory: { guest: '2Gi' },
      firmware: { bootloader: { efi: { secureBoot: false } } },
    });
    expect(domain.devices.interfaces).toEqual([
      { name: 'default', model: 'e1000e', macAddress: '00:50:56:aa:bb:01', masquerade: {} },
      { name: 'nic-3', model: 'e1000', bridge: {} },
    ]);
    expect(networks).toEqual([{ name: 'default', pod: {} }, { name: 'nic-3', multus: { networkName: 'lab/storage' } }]); // prettier-ignore
    expect(notes.join('\n')).toMatch(/lsilogic[^]*VmxNet3[^]*Office is left out/);
  });
  it('reads units of old and new exports', () => {
    expect(['byte', 'byte * 2^20', 'bytes * 2 ^ 30', 'MegaBytes', 'GB', 'KiB'].map(unitBytes)).toEqual([1, 2 ** 20, 2 ** 30, 2 ** 20, 2 ** 30, 1024]); // prettier-ignore
    expect(problem(() => unitBytes('elephants'))).toContain('elephants');
  });
  it('reads checksums, and none of unknown kinds', () => {
    const hex = 'a'.repeat(64);
    const sums = readSums(`SHA256(a.vmdk)= ${hex}\r\nMD5(b.vmdk)= abc\nSHA1(c.vmdk)= ${'B'.repeat(40)}\nSHA256(d)= 12\n`);
    expect([...sums]).toEqual([['a.vmdk', { algorithm: 'sha256', hex }], ['c.vmdk', { algorithm: 'sha1', hex: 'b'.repeat(40) }]]);
  }); // prettier-ignore
});

describe('a description is refused', () => {
  const change = (from: string | RegExp, to: string): string => ovfText(rows).replace(from, to);
  it.each([
    ['with a document type', change('<Envelope', '<!DOCTYPE Envelope [<!ENTITY a SYSTEM "file:///etc/passwd">]><Envelope'), 'document type'],
    ['that is no XML', change('</Envelope>', ''), 'no XML'],
    ['that is another document', '<html/>', 'no OVF envelope'],
    ['with several machines', change(/<VirtualSystem [^]*<\/VirtualSystem>/, (ovfText(rows).match(/<VirtualSystem [^]*<\/VirtualSystem>/)?.[0] ?? '').repeat(2)), '2 machines'],
    ['whose disk is a change of another', change('ovf:diskId="vmdisk1"', 'ovf:diskId="vmdisk1" ovf:parentRef="vmdisk2"'), 'only the changes'],
    ['whose hardware names no disk', change('ovf:/disk/vmdisk1', 'ovf:/disk/other'), 'does not have'],
    ['whose disk has no size', change('ovf:capacity="8"', 'ovf:capacity="-8"'), 'no size'],
    ['cut into pieces', change('ovf:href="a.vmdk"', 'ovf:href="a.vmdk" ovf:chunkSize="1000"'), 'several files'],
    ['that never ends', `<Envelope>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</Envelope>`, 'far more'],
  ])('%s', (_name, text, words) => {
    expect(problem(() => made(text))).toContain(words);
  }); // prettier-ignore
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearth-ovf-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const one: ApplianceRows = { ...rows, disks: [{ id: 'vmdisk1', file: 'a.vmdk', gib: 8, parent: 3, place: 0 }] };
  const vmdk = Buffer.from('KDMV'.padEnd(1024));
  const refused = (work: Promise<unknown>): Promise<string> => work.then(() => 'taken', (error: unknown) => problem(() => { throw error; })); // prettier-ignore
  it('of an archive are found where they lie', async () => {
    const path = join(folder, 'good.ova');
    await writeFile(path, tar(member('web.ovf', Buffer.from(ovfText(one))), member('a.vmdk', vmdk)));
    const { disks, appliance, notes } = await openMachineFile(path);
    expect(disks).toMatchObject([{ volume: 'root', format: 'vmdk', stored: 1024, path }]);
    expect(appliance?.networks.map(({ network }) => network)).toEqual(['Office', 'Office', 'Storage']);
    expect(notes.join()).toContain('Nobody states a checksum of a.vmdk');
  });
  it.each([
    ['a missing disk', [member('web.ovf', Buffer.from(ovfText(one)))], 'is not there'],
    ['a disk of no kind', [member('web.ovf', Buffer.from(ovfText(one))), member('a.vmdk', Buffer.alloc(600))], 'no VMDK'],
    ['a link', [member('web.ovf', Buffer.from(ovfText(one))), member('a.vmdk', Buffer.alloc(0), '2', '/etc/passwd')], 'no plain file'],
    ['a name that leads out', [member('web.ovf', Buffer.from(ovfText(one))), member('../a.vmdk', vmdk)], 'not possible'],
  ])('of an archive are refused: %s', async (_name, members, words) => {
    const path = join(folder, 'bad.ova');
    await writeFile(path, tar(...members));
    expect(await refused(openMachineFile(path))).toContain(words);
  }); // prettier-ignore
  it('of a folder are refused where they lead out of it, by name or by link', async () => {
    const path = join(folder, 'web.ovf');
    await writeFile(path, ovfText({ ...one, disks: [{ ...one.disks[0]!, file: '../../etc/passwd' }] }));
    expect(await refused(openMachineFile(path))).toContain('not beside it');
    await writeFile(path, ovfText(one));
    await symlink('/etc/passwd', join(folder, 'a.vmdk'));
    expect(await refused(openMachineFile(path))).toContain('is not there');
  });
});
