import type { BoxDisk } from '../../../../contract/box/state.ts';
import { contentOf } from './content.ts';
import type { Found } from './content.ts';
import { mountsOf, partitionsOf, readBlocks, withDescendants } from './lsblk.ts';
import type { BlockNode, Run } from './lsblk.ts';
import { identityHash } from './marker.ts';
import { createProbe } from './probe.ts';
import type { Probe } from './probe.ts';
import { refusalOf } from './refusal.ts';

export interface ListOptions {
  /** Where the stick's FAT is mounted; its disk is never offered. */
  medium?: string;
  /** Smallest disk that is offered, in bytes. */
  minimum?: number;
  /** Mounts that a killed installation left behind. */
  ownMounts?: readonly string[];
  probe?: Probe;
}
export const defaultMinimum = 16 * 1024 ** 3;
export const defaultMedium = '/run/hearth/medium';
/** Where the installer mounts the new data partition. */
export const targetMount = '/run/hearth/target';

const virtual = /^(?:zram|ram|loop|nbd|sr|fd|dm-|md|mtdblock)\d*|^mmcblk\d+(?:boot\d+|rpmb)$/;
const isDisk = ({ type, kname, size }: BlockNode): boolean => type === 'disk' && size > 0 && !virtual.test(kname);

/**
 * The disks of this computer with what is on them and why one is not offered. Reads only. Problem `disks-unreadable` when
 * lsblk fails.
 */
export async function listDisks(run: Run, options: ListOptions = {}): Promise<BoxDisk[]> {
  const probe = options.probe ?? createProbe(run);
  const medium = options.medium ?? defaultMedium;
  const nodes = (await readBlocks(run)).filter(isDisk);
  const rows = await Promise.all(
    nodes.map(async (node) => ({
      node,
      found: await probe.found(node),
      serial: (node.serial ?? '').trim() || (node.wwn ?? '').trim() || (await probe.seat(node.kname)),
      card: await probe.card(node.kname),
    })),
  );
  const stick = rows.find(({ node }) => withDescendants(node).some((each) => mountsOf(each).includes(medium)));
  const key = ({ node, serial }: (typeof rows)[number]): string => JSON.stringify([serial, node.size, node.wwn ?? '']);
  return rows.map((row) => {
    const { node, found, serial, card } = row;
    const refused = refusalOf(node, serial, {
      stick: { name: stick?.node.kname ?? '', serial: stick?.serial ?? '' },
      minimum: options.minimum ?? defaultMinimum,
      twin: rows.find((other) => other !== row && key(other) === key(row))?.node.name,
      card,
      box: found.box?.hostName,
      ownMounts: options.ownMounts ?? [targetMount],
    });
    return { ...describe(node, serial, found), ...(refused && { refused }) };
  });
}

function describe(node: BlockNode, serial: string, found: Found): BoxDisk {
  const wwn = (node.wwn ?? '').trim();
  const identity = { serial, size: node.size, ...(wwn && { wwn }) };
  const { box, unfinished } = found;
  return {
    name: node.kname,
    model: (node.model ?? '').trim(),
    ...identity,
    transport: transportOf(node),
    rotational: node.rota ?? false,
    content: contentOf(node, found),
    partitions: partitionsOf(node).map(({ kname, size, fstype, label, partlabel }) => ({
      name: kname,
      size,
      ...(fstype && { filesystem: fstype }),
      ...((label ?? partlabel) && { label: label ?? partlabel ?? '' }),
    })),
    ...(box && { hearth: { boxId: box.boxId, hostName: box.hostName, installId: box.installId } }),
    ...(unfinished && !box && { unfinished: { installId: unfinished.installId, same: unfinished.disk === identityHash(identity) } }), // prettier-ignore
  };
}

function transportOf({ tran, kname, subsystems }: BlockNode): string {
  if (tran) return tran;
  if (kname.startsWith('nvme')) return 'nvme';
  if (kname.startsWith('mmcblk')) return 'mmc';
  return (subsystems ?? '').split(':').includes('virtio') || kname.startsWith('vd') ? 'virtio' : 'other';
}
