import { QmpError } from './qmp.ts';
import type { Qmp } from './qmp.ts';

/** A drive as the guest has it, with what is in it now. */
export interface BlockDevice {
  /** Id of the device: `disk0`, `hp-data`. */
  id: string;
  /** Top node of what is in it; absent for an empty CD-ROM drive. A snapshot taken while it runs puts another node on top. */
  node: string | undefined;
  readOnly: boolean;
  /** A drive whose disc can be changed. */
  removable: boolean;
  trayOpen: boolean;
  /** The guest holds the tray. */
  locked: boolean;
}

interface BlockInfo {
  qdev?: string;
  removable: boolean;
  locked: boolean;
  tray_open?: boolean;
  inserted?: { 'node-name'?: string; file: string; ro: boolean };
}

/** The device's id in a QOM path (`/machine/peripheral/disk0/virtio-backend`), or the id itself. Pure. */
export const deviceIdOf = (qdev: string): string => /^(?:\/machine\/peripheral\/)?([^/]+)/.exec(qdev)?.[1] ?? qdev;

/** The volume behind a device: `disk0` by the order of the start (a record's `disks`), `hp-NAME` by its name. Pure. */
export const volumeOf = (disks: readonly string[], id: string): string | undefined =>
  /^hp-(.+)$/.exec(id)?.[1] ?? disks[Number(/^disk(\d+)$/.exec(id)?.[1] ?? NaN)];

/** Drives of a running QEMU, found by their devices: node names change under a drive when snapshots are taken. */
export async function blockDevices(qmp: Qmp): Promise<BlockDevice[]> {
  const found = await qmp.execute<BlockInfo[]>('query-block');
  return found.flatMap(({ qdev, removable, locked, tray_open: trayOpen, inserted }) =>
    qdev === undefined || qdev === ''
      ? []
      : [
          {
            id: deviceIdOf(qdev),
            node: inserted?.['node-name'],
            readOnly: inserted?.ro ?? true,
            removable,
            locked,
            trayOpen: trayOpen ?? false,
          },
        ],
  );
}

interface Graph {
  nodes: { id: number; type: string; name: string }[];
  edges: { parent: number; child: number }[];
}

/** Names of a node and everything below it, top first. */
export async function chainOf(qmp: Qmp, top: string): Promise<string[]> {
  const { nodes, edges } = await qmp.execute<Graph>('x-debug-query-block-graph');
  const names = new Map(nodes.map((node) => [node.id, node]));
  const first = nodes.find(({ name, type }) => name === top && type === 'block-driver');
  const order = first ? [first.id] : [];
  for (const id of order)
    for (const { parent, child } of edges) if (parent === id && !order.includes(child)) order.push(child);
  return order.flatMap((id) => names.get(id)?.name ?? []);
}

/** Forgets nodes that nothing uses any more, in this order. One that is still in use stays: something else stands on it. */
export async function deleteNodes(qmp: Qmp, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await qmp.execute('blockdev-del', { 'node-name': name });
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
    }
  }
}
