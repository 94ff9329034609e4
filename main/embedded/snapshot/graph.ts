import type { Qmp } from '../machine/qemu/qmp.ts';

/** One layer of a disk inside a running QEMU: its format node and the node of its file. */
export interface Layer {
  node: string;
  file: string;
}
interface Graph {
  nodes: readonly { id: number; type: string; name: string }[];
  edges: readonly { parent: number; name: string; child: number }[];
}

/**
 * What a device of a running QEMU stands on, the layer that it writes to first. Asked of QEMU itself each time: after a
 * crash of the engine nothing else is sure. `x-debug-query-block-graph` is the one command that tells which node is whose
 * backing (QEMU, qapi/block-core.json; since 4.0). Throws QmpError, or an error where the device has no disk.
 */
export async function layersOf(qmp: Qmp, device: string): Promise<Layer[]> {
  return layersIn(await qmp.execute<Graph>('x-debug-query-block-graph'), device);
}

/** The same from QEMU's answer. `device`: its qdev id. Pure. */
export function layersIn(graph: Graph, device: string): Layer[] {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  const below = (parent: number, name: string): number | undefined =>
    graph.edges.find((edge) => edge.parent === parent && edge.name === name)?.child;
  const path = new RegExp(`^(/machine/peripheral/)?${device}(/virtio-backend)?$`);
  const owner = graph.nodes.find((node) => node.type === 'block-backend' && path.test(node.name));
  const layers: Layer[] = [];
  for (let at = owner && below(owner.id, 'root'); at !== undefined; at = below(at, 'backing')) {
    const file = below(at, 'file');
    layers.push({ node: names.get(at) ?? '', file: (file === undefined ? undefined : names.get(file)) ?? '' });
  }
  if (layers.length === 0) throw new Error(`The device ${device} has no disk in this machine`);
  return layers;
}
