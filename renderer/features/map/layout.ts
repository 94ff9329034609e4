import type { MapNetwork, MapNode, MapService, NetworkMap } from '../../../main/contract/map.ts';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface PlacedNode extends Box {
  node: MapNode;
  /** The lane that it stands in; '' for none. */
  lane: string;
}
export interface PlacedService extends Box {
  service: MapService;
}
export interface Lane {
  id: string;
  network: MapNetwork | undefined;
  y: number;
  height: number;
  /** Where its line runs above each row of nodes. */
  rails: number[];
  /** Nodes for which there was no room: they are in the table. */
  more: number;
}
export interface Layout {
  width: number;
  height: number;
  lanes: Lane[];
  nodes: Map<string, PlacedNode>;
  services: PlacedService[];
  /** From a node to the line of a network on which it is, too. */
  links: { node: string; network: string; path: string; unplugged: boolean }[];
  /** From a service to whoever it leads to. */
  ways: { service: string; node: string; path: string; outside: boolean }[];
}

const card = { width: 168, height: 48 };
const chip = { width: 190, height: 30 };
const gap = 20;
const side = 20;
const head = 34;
/** From a line to the nodes under it, and from them to the next line. */
const stub = 18;
/** Nodes of a lane that are drawn: what is more, nobody could tell apart. */
export const most = 60;

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
  const columns = Math.max(1, Math.floor((width - side * 2 + gap) / (card.width + gap)));
  const placed = new Map<string, PlacedNode>();
  const homes = new Map(nodes.map((node) => [node.id, homeOf(node, map.networks)]));
  const across = Math.max(1, Math.floor((width - side * 2 + gap) / (chip.width + gap)));
  const placedServices = services.slice(0, most).map((service, at): PlacedService => ({
    service, ...chip, x: side + (at % across) * (chip.width + gap), y: 8 + Math.floor(at / across) * (chip.height + 10),
  }));
  let y = placedServices.length === 0 ? 0 : 8 + Math.ceil(placedServices.length / across) * (chip.height + 10) + 24;
  const without: MapNetwork[] = nodes.some(({ id }) => homes.get(id) === '') ? [{ id: '', kind: 'other', name: '', cards: [] }] : [];
  const lanes = [...map.networks, ...without].map((network): Lane => {
    const own = nodes.filter(({ id }) => homes.get(id) === network.id);
    const drawn = own.slice(0, most);
    const rows = Math.max(1, Math.ceil(drawn.length / columns));
    const top = y;
    const pitch = stub + card.height + stub;
    const rails = Array.from({ length: rows }, (_, row) => top + head + row * pitch);
    for (const [at, node] of drawn.entries())
      placed.set(node.id, {
        node, lane: network.id, ...card,
        x: side + (at % columns) * (card.width + gap), y: (rails[Math.floor(at / columns)] ?? 0) + stub,
      });
    const height = drawn.length === 0 ? head + stub : head + rows * pitch;
    y = top + height + 16;
    return { id: network.id, network: network.id === '' ? undefined : network, y: top, height, rails, more: own.length - drawn.length };
  });
  const laneOf = new Map(lanes.map((lane) => [lane.id, lane]));
  return {
    width,
    height: y,
    lanes,
    nodes: placed,
    services: placedServices,
    links: map.networks.flatMap((network) => linksTo(network, placed, laneOf)),
    ways: placedServices.flatMap(({ service, ...box }) =>
      service.to.flatMap((id) => {
        const to = placed.get(id);
        if (!to) return [];
        const [x, from, end, top] = [box.x + box.width / 2, box.y + box.height, to.x + to.width / 2, to.y];
        return [{ service: service.id, node: id, outside: service.ports.some(({ hostPort }) => hostPort !== undefined), path: `M${x} ${from}C${x} ${from + 40} ${end} ${top - 40} ${end} ${top}` }];
      }),
    ),
  };
} // prettier-ignore

function linksTo(
  network: MapNetwork,
  placed: ReadonlyMap<string, PlacedNode>,
  lanes: ReadonlyMap<string, Lane>,
): Layout['links'] {
  const lane = lanes.get(network.id);
  if (!lane) return [];
  return network.cards.flatMap(({ node: id, unplugged = false }, at) => {
    const box = placed.get(id);
    if (!box) return [];
    const own = box.lane === network.id;
    // To its own line straight up; to another one from its edge, each a little beside the one before.
    const x = own ? box.x + box.width / 2 : box.x + 14 + ((at * 12) % (box.width - 40));
    const above = own ? box.y - stub : (lane.rails.findLast((rail) => rail < box.y) ?? lane.rails[0] ?? lane.y);
    const from = above < box.y ? box.y : box.y + box.height;
    return [{ node: id, network: network.id, unplugged, path: `M${x} ${from}V${above}` }];
  });
}

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

/** The way of a line that was tried: from one to the network's line, along it, to the other; and where it breaks. Pure. */
export function lineOf(
  layout: Layout,
  line: { from?: string; to?: string; network?: string; broken?: string },
): { path: string; cross?: { x: number; y: number } } | undefined {
  const [a, b] = [line.from, line.to].map((id) => (id === undefined ? undefined : layout.nodes.get(id)));
  const lane = layout.lanes.find(({ id }) => id === (line.network ?? 'pod'));
  const rail = lane?.rails[0];
  if (rail === undefined || (!a && !b)) return undefined;
  const middle = ({ x, width }: Box): number => x + width / 2;
  const edge = ({ y, height }: Box): number => (y > rail ? y : y + height);
  const start = a ? `M${middle(a)} ${edge(a)}V${rail}` : `M${4} ${rail}`;
  const end = b ? `H${middle(b)}V${edge(b)}` : `H${layout.width - 4}`;
  const between = { x: ((a ? middle(a) : 4) + (b ? middle(b) : layout.width - 4)) / 2, y: rail };
  const at = (box: Box | undefined) => (box ? { x: middle(box), y: (edge(box) + rail) / 2 } : between);
  const crosses: Readonly<Record<string, { x: number; y: number }>> = {
    from: at(a), way: at(a), network: between, reach: between, to: at(b), port: at(b), far: at(b),
  };
  const cross = line.broken === undefined ? undefined : crosses[line.broken];
  return { path: `${start}${end}`, ...(cross && { cross }) };
} // prettier-ignore
