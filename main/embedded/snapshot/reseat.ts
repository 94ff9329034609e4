import { randomBytes } from 'node:crypto';
import type { BlockNode } from '../kube/block.ts';
import { blockNodes } from '../machine/argv/blockdev.ts';
import { deleteNodes } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { layersOf } from './graph.ts';

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
  const nodes = await qmp.execute<NamedNode[]>('query-named-block-nodes', { flat: true });
  const facts = nodes.find((node) => node['node-name'] === top?.node);
  if (!top || !facts || facts.ro) throw new Error(`The device ${device} writes to no overlay`);
  const name = `r${randomBytes(6).toString('hex')}`;
  const added: string[] = [];
  try {
    for (const node of blockNodes(name, below, facts.cache.direct ? 'none' : undefined)) {
      await qmp.execute('blockdev-add', node);
      added.unshift(String(node['node-name']));
    }
    // What is not said here would fall back to its default.
    const overlay = {
      driver: 'qcow2',
      'node-name': top.node,
      file: top.file,
      backing: name,
      'read-only': false,
      'auto-read-only': false,
      discard: 'unmap',
      'detect-zeroes': facts.detect_zeroes,
      cache: { direct: facts.cache.direct, 'no-flush': false },
    };
    await qmp.execute('blockdev-reopen', { options: [overlay] }, 60_000);
  } catch (error) {
    await deleteNodes(qmp, added);
    throw error;
  }
  await deleteNodes(
    qmp,
    old.flatMap(({ node, file }) => [node, file]),
  );
}
