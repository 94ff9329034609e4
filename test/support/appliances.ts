import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { member, tar } from './disks/tar.ts';

const run = promisify(execFile);

/** A stream-optimised VMDK, as programs export it, of a raw or qcow2 file. */
export async function vmdkOf(file: string, format: 'raw' | 'qcow2', to: string): Promise<void> {
  await run('qemu-img', ['convert', '-f', format, '-O', 'vmdk', '-o', 'subformat=streamOptimized', file, to], { timeout: 120_000 }); // prettier-ignore
}

export interface DiskRow {
  id: string;
  /** Absent: an empty disk. */
  file?: string;
  gib: number;
  /** InstanceID of its controller, and its place there. */
  parent: number;
  place: number;
}
export interface ApplianceRows {
  name: string;
  disks: DiskRow[];
  controllers: { id: number; type: 5 | 6 | 20; subType: string }[];
  nics: { network: string; subType: string; mac?: string }[];
  memoryMiB: number;
  cpus: number;
  system?: string;
  efi?: boolean;
}

const rasd = (fields: Record<string, string | number | undefined>): string =>
  Object.entries(fields)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `        <rasd:${name}>${value}</rasd:${name}>`)
    .join('\n');
const item = (fields: Record<string, string | number | undefined>): string =>
  `      <Item>\n${rasd(fields)}\n      </Item>`;

/** An OVF 1 description in the form that VMware's and VirtualBox' exports have. */
export function ovfText(rows: ApplianceRows): string {
  const files = rows.disks.filter(({ file }) => file);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
${files.map(({ id, file }) => `    <File ovf:href="${file}" ovf:id="file-${id}"/>`).join('\n')}
  </References>
  <DiskSection>
    <Info>Virtual disk information</Info>
${rows.disks.map(({ id, file, gib }) => `    <Disk ovf:capacity="${gib}" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="${id}"${file ? ` ovf:fileRef="file-${id}"` : ''} ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>`).join('\n')}
  </DiskSection>
  <NetworkSection>
    <Info>The list of logical networks</Info>
${[...new Set(rows.nics.map(({ network }) => network))].map((network) => `    <Network ovf:name="${network}"/>`).join('\n')}
  </NetworkSection>
  <VirtualSystem ovf:id="${rows.name}">
    <Info>A virtual machine</Info>
    <Name>${rows.name}</Name>
    <OperatingSystemSection ovf:id="96" vmw:osType="${rows.system ?? 'otherGuest64'}"><Info>The kind of guest</Info></OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware requirements</Info>
${item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: rows.cpus, AllocationUnits: 'hertz * 10^6' })}
${item({ InstanceID: 2, ResourceType: 4, VirtualQuantity: rows.memoryMiB, AllocationUnits: 'byte * 2^20' })}
${rows.controllers.map(({ id, type, subType }) => item({ InstanceID: id, ResourceType: type, ResourceSubType: subType, Address: 0 })).join('\n')}
${rows.disks.map(({ id, parent, place }, at) => item({ InstanceID: 20 + at, ResourceType: 17, HostResource: `ovf:/disk/${id}`, Parent: parent, AddressOnParent: place })).join('\n')}
${rows.nics.map(({ network, subType, mac }, at) => item({ InstanceID: 40 + at, ResourceType: 10, ResourceSubType: subType, Connection: network, Address: mac })).join('\n')}
${rows.efi ? '      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>' : ''}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
} // prettier-ignore

/** Description and disks with their checksums, as one archive. `content`: file name -> bytes. */
export async function writeOva(path: string, rows: ApplianceRows, content: Record<string, string>): Promise<void> {
  const files = await Promise.all(
    Object.entries(content).map(async ([name, from]) => ({ name, data: await readFile(from) })),
  );
  const text = Buffer.from(ovfText(rows));
  const sum = (name: string, data: Buffer): string => `SHA256(${name})= ${createHash('sha256').update(data).digest('hex')}\n`;
  const sums = sum(`${rows.name}.ovf`, text) + files.map(({ name, data }) => sum(name, data)).join('');
  await writeFile(
    path,
    tar(
      member(`${rows.name}.ovf`, text),
      member(`${rows.name}.mf`, Buffer.from(sums)),
      ...files.map(({ name, data }) => member(name, data)),
    ),
  );
} // prettier-ignore

/** The same as files of one folder. Gives the description's path. */
export async function writeOvf(folder: string, rows: ApplianceRows, content: Record<string, string>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, from] of Object.entries(content)) await writeFile(join(folder, name), await readFile(from));
  const path = join(folder, `${rows.name}.ovf`);
  await writeFile(path, ovfText(rows));
  return path;
}
