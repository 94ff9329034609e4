import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { indexName, largestManifest, manifestName, readIndex, readManifest } from './manifest.ts';
import { applianceRules, isDescription, openArchive, openFolder } from '../ovf/open.ts';
import type { Choices, MachineFile } from './machine-file.ts';
import type { ManifestDisk } from './manifest.ts';
import { damaged, readEntries } from './tar.ts';
import type { Entry } from './tar.ts';

/**
 * Reads what a machine file holds, and believes none of it: names, sizes, the manifest's shape and checksum, the first
 * bytes of each disk. Disk contents are hashed where they are read later. An appliance (OVA, OVF) is read as one, with what
 * a person chose for it. Throws ProblemError.
 */
export async function openMachineFile(path: string, choices: Choices = {}): Promise<MachineFile> {
  if (isDescription(path)) return openFolder(path, choices);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (await beginsWithDescription(file)) {
      const appliance = await readEntries(file, applianceRules);
      return await openArchive(path, file, appliance, size, choices);
    }
    const entries = await readEntries(file);
    const [first] = entries;
    const last = entries.at(-1);
    if (first?.name !== manifestName || last?.name !== indexName) throw damaged('It has no manifest or no index.');
    const text = await small(file, first);
    const index = readIndex(await small(file, last));
    const told = new Map(index.files.map((each) => [each.name, each]));
    for (const { name, size: found } of entries.slice(0, -1))
      if (told.get(name)?.size !== found) throw damaged(`${name} has another size than its index says.`);
    if (told.size !== entries.length - 1) throw damaged('Files that its index names are missing.');
    if (createHash('sha256').update(text).digest('hex') !== told.get(manifestName)?.sha256)
      throw damaged('Its manifest was changed: the checksum is another.');
    const manifest = readManifest(text);
    const known = new Set([manifestName, indexName, ...manifest.disks.map((disk) => disk.file)]);
    const stray = entries.find(({ name }) => !known.has(name));
    if (stray) throw damaged(`${stray.name} is in it and its manifest does not know of it.`);
    const disks: MachineFile['disks'] = [];
    for (const disk of manifest.disks) {
      const entry = entries.find(({ name }) => name === disk.file);
      if (!entry) throw damaged(`The disk ${disk.volume} is missing.`);
      await checkHead(file, entry, disk);
      disks.push({ ...disk, at: entry.at, stored: entry.size, sum: { algorithm: 'sha256', hex: told.get(disk.file)?.sha256 ?? '' } });
    } // prettier-ignore
    return { manifest, size, disks, notes: [] };
  } finally {
    await file.close();
  }
}

/** An appliance has its description first (DSP0243); a machine file of ours has its manifest there. */
async function beginsWithDescription(file: FileHandle): Promise<boolean> {
  const name = Buffer.alloc(100);
  const { bytesRead } = await file.read(name, 0, name.length, 0);
  return isDescription(name.toString('utf8', 0, bytesRead).replace(/\0[^]*$/, ''));
}

async function small(file: FileHandle, { name, at, size }: Entry): Promise<string> {
  if (size > largestManifest) throw damaged(`${name} is too large.`);
  const data = Buffer.alloc(size);
  await file.read(data, 0, size, at);
  return data.toString('utf8');
}

/** What can be told by the first bytes; the target inspects the whole image again before it opens it. */
async function checkHead(file: FileHandle, { at, size }: Entry, disk: ManifestDisk): Promise<void> {
  const head = Buffer.alloc(80);
  await file.read(head, 0, Math.min(head.length, size), at);
  if (disk.format === 'gzip') {
    if (head.readUInt16BE(0) !== 0x1f8b) throw damaged(`The disk ${disk.volume} is not what the manifest says (gzip).`);
    return;
  }
  if (head.toString('latin1', 0, 4) !== 'QFI\u00fb')
    throw damaged(`The disk ${disk.volume} is not what the manifest says (qcow2).`);
  if (head.readBigUInt64BE(8) !== 0n)
    throw damaged(`The disk ${disk.volume} names another file as its base: it could read files of this computer.`);
  // Incompatible feature bit 2 of version 3: the data lies in an external file (QEMU, docs/interop/qcow2.txt).
  if (head.readUInt32BE(4) >= 3 && (head.readBigUInt64BE(72) & 4n) !== 0n)
    throw damaged(`The disk ${disk.volume} keeps its data in another file: it could read files of this computer.`);
  if (head.readBigUInt64BE(24) > BigInt(disk.size))
    throw damaged(`The disk ${disk.volume} is larger inside than its manifest says.`);
}
