import type { MapNetwork, MapNode, NetworkMap } from '../../../main/contract/map.ts';
import type { Lane, Layout, PlacedNode, PlacedService } from './placed.ts';
import { gap, linksTo, stub, waysOf } from './routes.ts';

/** The narrowest and the widest of their kind. */
const card = { width: 168, widest: 240, height: 48 };
const chip = { width: 190, widest: 280, height: 30 };
const side = 20;
const head = 34;
/** Nodes of a lane that are drawn: what is more, nobody could tell apart. */
export const most = 60;

/** How many stand beside each other, each as wide as there is room for. Pure. */
function fit(width: number, { width: least, widest, height }: typeof card): { across: number; width: number; height: number } {
  const across = Math.max(1, Math.floor((width - side * 2 + gap) / (least + gap)));
  return { across, width: Math.min(widest, Math.floor((width - side * 2 + gap) / across) - gap), height };
} // prettier-ignore

/** Where a node stands: in a network of its own before the one that all are on. Pure. */
function homeOf(node: MapNode, networks: readonly MapNetwork[]): string {
  const on = networks.filter(({ cards }) => cards.some((each) => each.node === node.id));
  return (on.find(({ id }) => id !== 'pod') ?? on[0])?.id ?? '';
}

/**
 * Networks as lanes one under another, each with its line and those on it below; services on top. The same map in the same width
 * is the same picture. Pure.
 */
export function layoutMap(map: NetworkMap, width: number, system: boolean): Layout {
  const nodes = map.nodes.filter((node) => system || !node.system);
  const shown = new Set(nodes.map(({ id }) => id));
  const services = map.services.filter((service) => (system || !service.system) && service.to.some((id) => shown.has(id)));
  const nodeFit = fit(width, card);
  const columns = nodeFit.across;
  const placed = new Map<string, PlacedNode>();
  const homes = new Map(nodes.map((node) => [node.id, homeOf(node, map.networks)]));
  const { across, ...chipSize } = fit(width, chip);
  const placedServices = services.slice(0, most).map((service, at): PlacedService => ({
    service, ...chipSize, x: side + (at % across) * (chipSize.width + gap), y: 12 + Math.floor(at / across) * (chip.height + 12),
  }));
  let y = placedServices.length === 0 ? 4 : 12 + Math.ceil(placedServices.length / across) * (chip.height + 12) + 16;
  const without: MapNetwork[] = nodes.some(({ id }) => homes.get(id) === '') ? [{ id: '', kind: 'other', name: '', cards: [] }] : [];
  const all = [...map.networks, ...without];
  const order = new Map(all.map(({ id }, at) => [id, at]));
  const lanes = all.map((network, place): Lane => {
    const own = nodes.filter(({ id }) => homes.get(id) === network.id);
    const drawn = own.slice(0, most);
    const rows = Math.max(1, Math.ceil(drawn.length / columns));
    const top = y;
    const pitch = stub + card.height + stub;
    const rails = Array.from({ length: rows }, (_, row) => top + head + row * pitch);
    for (const [at, node] of drawn.entries())
      placed.set(node.id, {
        node, lane: network.id, width: nodeFit.width, height: card.height,
        x: side + (at % columns) * (nodeFit.width + gap), y: (rails[Math.floor(at / columns)] ?? 0) + stub,
      });
    const fromBelow = network.cards.some(({ node }) => (order.get(homes.get(node) ?? '') ?? 0) > place);
    if (fromBelow && drawn.length > 0) rails.push(top + head + rows * pitch);
    const height = drawn.length === 0 ? head + stub : head + rows * pitch + (fromBelow ? stub : 0);
    y = top + height + 16;
    return { id: network.id, network: network.id === '' ? undefined : network, y: top, height, rails, more: own.length - drawn.length };
  });
  const laneOf = new Map(lanes.map((lane) => [lane.id, lane]));
  return {
    width,
    height: y - 12,
    lanes,
    nodes: placed,
    services: placedServices,
    links: map.networks.flatMap((network) => linksTo(network, placed, laneOf)),
    ways: waysOf(placedServices, across, placed),
  };
} // prettier-ignore

/** The node in the direction of an arrow key; the nearest of those that lie that way. Pure. */
export function towards(layout: Layout, from: string, key: string): string | undefined {
  const here = layout.nodes.get(from);
  const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key];
  if (!here || !way) return undefined;
  const [dx = 0, dy = 0] = way;
  const found = [...layout.nodes.values()].flatMap((each) => {
    const along = (each.x - here.x) * dx + (each.y - here.y) * dy;
    const beside = Math.abs((each.x - here.x) * dy) + Math.abs((each.y - here.y) * dx);
    return along > 0 ? [{ id: each.node.id, cost: along + beside * 3 }] : [];
  });
  return found.toSorted((a, b) => a.cost - b.cost)[0]?.id;
}
