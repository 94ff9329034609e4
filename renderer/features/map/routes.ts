import type { MapNetwork } from '../../../main/contract/map.ts';
import type { Box, Lane, Layout, Link, PlacedNode, PlacedService, Point, Way } from './placed.ts';

/** Between two beside each other: what leads further runs there, behind nobody. */
export const gap = 20;
/** From a line to the nodes under it, and from them to the next line. */
export const stub = 18;
/** The upright that joins the lines of one network. */
export const spine = 12;
const radius = 6;

const middle = ({ x, width }: Box): number => x + width / 2;
/** Three ways fit side by side into each half of a gap: links to the left, services to the right. */
const apart = (at: number): number => 3 + (at % 3) * 2.5;
const beside = ({ x, width }: Box): number => x + width + gap / 2;

/** A path through points, its corners rounded. Pure. */
export function bent(points: readonly Point[]): string {
  const towards = (from: Point, to: Point): Point => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const part = length === 0 ? 0 : Math.min(radius, length / 2) / length;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  };
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const [start, end] = [towards(point, before), towards(point, after)];
      return `L${start.x} ${start.y}Q${point.x} ${point.y} ${end.x} ${end.y}`;
    })
    .join('');
}

/** From a node to the line of a network: straight up to its own, through the gap beside it to any other. Pure. */
function toRail(node: PlacedNode, lane: Lane, at: number): Point[] {
  if (node.lane === lane.id) {
    const x = middle(node);
    return [{ x, y: node.y }, { x, y: node.y - stub }];
  }
  const up = lane.y < node.y;
  const [x, edge] = [node.x + node.width - 12, up ? node.y : node.y + node.height];
  const turn = edge + (up ? -stub / 3 : stub / 3);
  const way = beside(node) - apart(at);
  return [{ x, y: edge }, { x, y: turn }, { x: way, y: turn }, { x: way, y: (up ? lane.rails.at(-1) : lane.rails[0]) ?? lane.y }];
} // prettier-ignore

/** Whoever is on a network, with the way to its line. Pure. */
export function linksTo(
  network: MapNetwork,
  placed: ReadonlyMap<string, PlacedNode>,
  lanes: ReadonlyMap<string, Lane>,
): Link[] {
  const lane = lanes.get(network.id);
  if (!lane) return [];
  return network.cards.flatMap(({ node: id, unplugged = false }, at) => {
    const node = placed.get(id);
    if (!node) return [];
    const points = toRail(node, lane, at);
    const dock = node.lane === lane.id ? undefined : points.at(-1);
    return [{ node: id, network: network.id, unplugged, path: bent(points), ...(dock && { dock }) }];
  });
}

/** From each service down the gap beside whoever it leads to, and in from above. Pure. */
export function waysOf(services: readonly PlacedService[], across: number, placed: ReadonlyMap<string, PlacedNode>): Way[] {
  const last = services.at(-1);
  if (!last) return [];
  const rows = Math.ceil(services.length / across);
  return services.flatMap(({ service, ...box }, at) => {
    const floor = last.y + last.height + 6 + (at % 4) * 4;
    const foot = box.y + box.height;
    // From an upper row through the gap beside it: below it stands another.
    const start: Point[] = Math.floor(at / across) === rows - 1
      ? [{ x: middle(box), y: foot }, { x: middle(box), y: floor }]
      : [{ x: box.x + box.width - 16, y: foot }, { x: box.x + box.width - 16, y: foot + 6 }, { x: beside(box), y: foot + 6 }, { x: beside(box), y: floor }];
    const outside = service.ports.some(({ hostPort }) => hostPort !== undefined);
    return service.to.flatMap((id) => {
      const to = placed.get(id);
      if (!to) return [];
      const [way, x, turn] = [beside(to) + apart(at), to.x + to.width - 30 - (at % 4) * 10, to.y - stub * (2 / 3)];
      return [{ service: service.id, node: id, outside, path: bent([...start, { x: way, y: floor }, { x: way, y: turn }, { x, y: turn }, { x, y: to.y }]) }];
    });
  });
} // prettier-ignore

/** The way of a line that was tried: from one to the network's line, along it, to the other; and where it breaks. Pure. */
export function lineOf(
  layout: Layout,
  line: { from?: string; to?: string; network?: string; broken?: string },
): { path: string; cross?: Point } | undefined {
  const [a, b] = [line.from, line.to].map((id) => (id === undefined ? undefined : layout.nodes.get(id)));
  const lane = layout.lanes.find(({ id }) => id === (line.network ?? 'pod'));
  const rail = lane?.rails[0];
  if (!lane || rail === undefined || (!a && !b)) return undefined;
  const [there, back] = [a && toRail(a, lane, 0), b && toRail(b, lane, 1)];
  // Who is no node comes in at the edge, on the line that the other one hangs on.
  const start = there ?? [{ x: 4, y: rail }];
  const end = back ?? [{ x: layout.width - 4, y: start.at(-1)?.y ?? rail }];
  const [from, to] = [start.at(-1) ?? { x: 4, y: rail }, end.at(-1) ?? { x: 4, y: rail }];
  const along = from.y === to.y ? [] : [{ x: spine, y: from.y }, { x: spine, y: to.y }];
  const halfway = (points: readonly Point[]): Point => {
    const [one = from, two = one] = points;
    return { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 };
  };
  const between = halfway(along.length > 0 ? along : [from, to]);
  const [first, second] = [there ? halfway(there) : between, back ? halfway(back) : between];
  const crosses: Readonly<Record<string, Point>> = {
    from: first, way: first, network: between, reach: between, to: second, port: second, far: second,
  };
  const cross = line.broken === undefined ? undefined : crosses[line.broken];
  return { path: bent([...start, ...along, ...end.toReversed()]), ...(cross && { cross }) };
} // prettier-ignore
