import type { BlockNode } from '../../kube/block.ts';

type Json = Record<string, unknown>;

/**
 * The block nodes of one volume (`-blockdev`, QMP's `blockdev-add`), base first. Drivers are explicit at every level and `backing` is always said,
 * so a header inside an image can never make QEMU open another file. Node names have at most 31 characters:
 * `d0` is the guest's disk, `d0-f` its file, `d0-1` its base.
 */
export function blockNodes(name: string, node: BlockNode, cache?: string): Json[] {
  const nodes: Json[] = [];
  let id = name;
  for (let level: BlockNode | undefined = node, depth = 1; level; level = level.backing, depth += 1) {
    const below: string | null = level.backing ? `${name}-${depth}` : null;
    const common: Json = {
      'read-only': level.readOnly,
      'auto-read-only': false,
      ...(level.readOnly ? {} : { discard: 'unmap' }),
      cache: { direct: cache === 'none', 'no-flush': false },
    };
    const format: Json = {
      driver: level.format,
      'node-name': id,
      ...common,
      ...(depth === 1 && !level.readOnly ? { 'detect-zeroes': 'unmap' } : {}),
      file: `${id}-f`,
      ...(level.format === 'qcow2' ? { backing: below } : {}),
    };
    if (below && level.format !== 'qcow2')
      throw new TypeError(`A ${level.format} image has no backing file: ${level.path}`);
    nodes.unshift({ driver: 'file', 'node-name': `${id}-f`, filename: level.path, ...common }, format);
    id = below ?? '';
  }
  return nodes;
}

/** As blockNodes, as arguments of QEMU. */
export const blockdevs = (name: string, node: BlockNode, cache?: string): string[] =>
  blockNodes(name, node, cache).flatMap((json) => ['-blockdev', JSON.stringify(json)]);
