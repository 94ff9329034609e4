import { createHash } from 'node:crypto';
import { indexText, manifestText } from '../../main/backend/transfer/file/manifest.ts';
import type { Manifest } from '../../main/backend/transfer/file/manifest.ts';
import { padded, tarEnd, tarHeader } from '../../main/backend/transfer/file/tar.ts';

export interface Part {
  name: string;
  data: Buffer;
  /** Changes the header; its checksum is made right afterwards. */
  header?: (head: Buffer) => void;
}

/** A tar header that says something else, with a right checksum. */
function headerOf({ name, data, header }: Part): Buffer {
  const head = tarHeader(name, data.length, new Date(0));
  if (!header) return head;
  header(head);
  head.write('        ', 148);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}
export const tar = (parts: readonly Part[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [headerOf(part), part.data, Buffer.alloc(padded(part.data.length) - part.data.length)]),
    tarEnd,
  ]);

/** The first bytes of a qcow2 (version 2), with what they claim. */
export function qcow2Head({
  backing = 0,
  size = 64 * 2 ** 20,
}: { backing?: number; size?: number | bigint } = {}): Buffer {
  const head = Buffer.alloc(1024);
  head.write('QFI\u00fb', 0, 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeBigUInt64BE(BigInt(backing), 8);
  head.writeUInt32BE(backing ? 11 : 0, 16);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(size), 24);
  return head;
}

const spec = {
  runStrategy: 'Halted',
  template: {
    spec: {
      domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } },
      volumes: [{ name: 'root', dataVolume: { name: 'old-root' } }],
    },
  },
};
/** A manifest as an export writes it, of a machine with one disk. */
export const manifestOf = (change: (manifest: Manifest) => void = () => undefined): Manifest => {
  const manifest: Manifest = {
    format: 'hearth-vm',
    version: 1,
    made: '2026-05-01T10:00:00.000Z',
    by: 'Hearth 0',
    machine: {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'guest' },
      spec: structuredClone(spec) as Record<string, unknown>,
    },
    disks: [{ volume: 'root', file: 'disks/root.qcow2', format: 'qcow2', size: 64 * 2 ** 20 }],
    secrets: [],
  };
  change(manifest);
  return manifest;
};

/** A machine file whose checksums are right, whatever else is wrong in it. */
export function machineFile(
  how: {
    manifest?: string | Manifest;
    disks?: Part[];
    /** Files between the disks and the index. */
    more?: Part[];
    index?: (files: { name: string; size: number; sha256: string }[]) => void;
  } = {},
): Buffer {
  const { manifest = manifestOf(), disks = [{ name: 'disks/root.qcow2', data: qcow2Head() }], more = [] } = how;
  const text = Buffer.from(typeof manifest === 'string' ? manifest : manifestText(manifest));
  const parts: Part[] = [{ name: 'manifest.yaml', data: text }, ...disks, ...more];
  const files = parts.map(({ name, data }) => ({
    name,
    size: data.length,
    sha256: createHash('sha256').update(data).digest('hex'),
  }));
  how.index?.(files);
  return tar([...parts, { name: 'index.json', data: Buffer.from(indexText({ files })) }]);
}
