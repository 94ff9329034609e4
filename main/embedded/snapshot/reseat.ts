import { randomBytes } from 'node:crypto';
import type { BlockNode } from '../kube/block.ts';
import { blockNodes } from '../machine/argv/blockdev.ts';
import { deleteNodes } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { layersOf } from './graph.ts';
import type { Layer } from './graph.ts';

interface NamedNode {
  'node-name': string;
  ro: boolean;
  cache: { direct: boolean };
  detect_zeroes: 'off' | 'on' | 'unmap';
}

/**
 * Puts the overlay that a device of a running machine writes to onto layers that read the same as those below it now, and
 * lets those go: their files can then really be removed. `below` is what the overlay is to stand on. QEMU 6.1 and later
 * can exchange a backing node while the guest runs (`blockdev-reopen`). Throws QmpError; the machine then goes on as it was.
 */
export async function reseat({ qmp }: Machine, device: string, below: BlockNode): Promise<void> {
  const [top, ...old] = await layersOf(qmp, device);
  const cache = top && (await overlayFacts(qmp, top.node))?.cache;
  if (!top || !cache) throw new Error(`The device ${device} writes to no overlay`);
  const name = `r${randomBytes(6).toString('hex')}`;
  const added: string[] = [];
  try {
    for (const node of blockNodes(name, below, cache.direct ? 'none' : undefined)) {
      await qmp.execute('blockdev-add', node);
      added.unshift(String(node['node-name']));
    }
    await reopen(qmp, top, name);
  } catch (error) {
    await deleteNodes(qmp, added);
    throw error;
  }
  await deleteNodes(
    qmp,
    old.flatMap(({ node, file }) => [node, file]),
  );
}

/**
 * Opens the overlay that a device writes to once more, on the node `backing` (null: on none). QEMU writes all that it only
 * knows itself into the file before (block.c, bdrv_reopen_prepare), or fails. Throws QmpError.
 */
export async function reopen(qmp: Machine['qmp'], { node, file }: Layer, backing: string | null): Promise<void> {
  const facts = await overlayFacts(qmp, node);
  if (!facts) throw new Error(`${node} is no overlay that is written to`);
  // What is not said here would fall back to its default.
  const overlay = {
    driver: 'qcow2',
    'node-name': node,
    file,
    backing,
    'read-only': false,
    'auto-read-only': false,
    discard: 'unmap',
    'detect-zeroes': facts.detect_zeroes,
    cache: { direct: facts.cache.direct, 'no-flush': false },
  };
  await qmp.execute('blockdev-reopen', { options: [overlay] }, 60_000);
}

async function overlayFacts(qmp: Machine['qmp'], name: string): Promise<NamedNode | undefined> {
  const nodes = await qmp.execute<NamedNode[]>('query-named-block-nodes', { flat: true });
  return nodes.find((node) => node['node-name'] === name && !node.ro);
}
