import { describe, expect, it } from 'vitest';
import type { MapNode, NetworkMap } from '../../../main/contract/map.ts';
import { layoutMap, most, towards } from '../../../renderer/features/map/layout.ts';
import { lineOf } from '../../../renderer/features/map/routes.ts';

const node = (name: string, system = false): MapNode => ({ id: `VirtualMachine/default/${name}`, kind: 'VirtualMachine', namespace: 'default', name, tone: 'running', system }); // prettier-ignore
const id = (name: string): string => `VirtualMachine/default/${name}`;
const map = (names: string[], red: string[] = []): NetworkMap => ({
  nodes: names.map((name) => node(name)),
  networks: [
    { id: 'pod', kind: 'pod', name: 'pod', cards: names.map((name) => ({ node: id(name), addresses: [] })) },
    { id: 'default/red', kind: 'private', name: 'red', cards: red.map((name) => ({ node: id(name), addresses: [] })) },
  ],
  services: [{ id: 'default/ssh', namespace: 'default', name: 'ssh', ports: [{ port: 22, targetPort: '22', protocol: 'TCP', hostPort: 30_022 }], to: [id(names[0] ?? '')], system: false }], // prettier-ignore
});

describe('the layout of the map', () => {
  it('is the same picture for the same map and width, and nothing lies on anything else', () => {
    const names = Array.from({ length: 23 }, (_, n) => `m${n}`);
    const one = layoutMap(map(names, ['m0', 'm5', 'm7']), 900, false);
    expect(layoutMap(map(names, ['m0', 'm5', 'm7']), 900, false)).toEqual(one);
    const boxes = [...one.nodes.values(), ...one.services];
    expect(boxes).toHaveLength(24);
    const apart = (a: (typeof boxes)[number], b: (typeof boxes)[number]): boolean =>
      a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    expect(boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) => !apart(a, b)))).toEqual([]);
    for (const box of boxes) expect([box.x >= 0, box.x + box.width <= 900, box.y + box.height <= one.height]).toEqual([true, true, true]); // prettier-ignore
  });
  it('puts a machine into its own network, with a line to the one that all are on', () => {
    const { nodes, links, ways } = layoutMap(map(['a', 'b'], ['b']), 900, false);
    expect([nodes.get(id('a'))?.lane, nodes.get(id('b'))?.lane]).toEqual(['pod', 'default/red']);
    expect(links.map(({ node: of, network }) => `${of.split('/')[2]} ${network}`).toSorted()).toEqual(['a pod', 'b default/red', 'b pod']); // prettier-ignore
    expect(ways).toMatchObject([{ service: 'default/ssh', node: id('a'), outside: true }]);
  });
  it('draws so many of a lane and counts the rest; hides the target’s own', () => {
    const names = Array.from({ length: 1000 }, (_, n) => `m${n}`);
    const { nodes, lanes } = layoutMap(map(names), 900, false);
    expect([nodes.size, lanes[0]?.more]).toEqual([most, 1000 - most]);
    const own = { ...map(['a']), nodes: [node('a'), node('dns', true)] };
    expect([layoutMap(own, 900, false).nodes.size, layoutMap(own, 900, true).nodes.size]).toEqual([1, 2]);
    // Who is on no network has a place, too.
    expect(layoutMap(own, 900, true).nodes.get(id('dns'))?.lane).toBe('');
  });
  it('goes with the arrows to whoever is next that way, and stays at the edge', () => {
    const layout = layoutMap(map(['a', 'b', 'c'], ['c']), 900, false);
    expect(towards(layout, id('a'), 'ArrowRight')).toBe(id('b'));
    expect(towards(layout, id('b'), 'ArrowLeft')).toBe(id('a'));
    expect(towards(layout, id('a'), 'ArrowDown')).toBe(id('c'));
    expect(towards(layout, id('a'), 'ArrowUp')).toBeUndefined();
    expect(towards(layout, id('a'), 'x')).toBeUndefined();
  });
  it('marks where a line breaks: at an end, or between', () => {
    const layout = layoutMap(map(['a', 'b']), 900, false);
    const [a, b] = [layout.nodes.get(id('a')), layout.nodes.get(id('b'))];
    const at = (broken: string) => lineOf(layout, { from: id('a'), to: id('b'), network: 'pod', broken })?.cross?.x;
    expect(at('from')).toBe((a?.x ?? 0) + (a?.width ?? 0) / 2);
    expect(at('port')).toBe((b?.x ?? 0) + (b?.width ?? 0) / 2);
    expect(at('reach')).toBe((Number(at('from')) + Number(at('port'))) / 2);
    expect(lineOf(layout, { from: id('a'), to: id('b'), network: 'pod' })?.cross).toBeUndefined();
    expect(lineOf(layout, { from: 'outside', to: id('b') })?.path).toMatch(/^M4 /);
    expect(lineOf(layout, { from: 'outside' })).toBeUndefined();
  });
});
