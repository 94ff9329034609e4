import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createPacking } from '../../../main/backend/target/packing.ts';
import { createSharing } from '../../../main/backend/target/sharing.ts';
import { dataVolume, event, virtualMachine, virtualMachineInstance } from '../../support/crowd/objects.ts';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const wrapped = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec: spec as Record<string, unknown> }); // prettier-ignore

describe('packed objects', () => {
  const makers = { virtualMachine, virtualMachineInstance, dataVolume, event: (index: number) => event(index, 50) };
  test.each(Object.entries(makers))('%s: read as they were, in their order, and take less', (kind, make) => {
    const [sharing, packing] = [createSharing(), createPacking()];
    const texts = Array.from({ length: 300 }, (_, index) => JSON.stringify(make(index)));
    const packed = texts.map((text) => packing.pack(sharing.object(kind, JSON.parse(text) as KubeObject)));
    expect(packed.map((each) => JSON.stringify(packing.unpack(each)))).toEqual(texts);
    // Later ones keep what is their own alone.
    let members = 0;
    JSON.stringify(make(299), (_, value: unknown) => (members += 1) && value);
    expect(packed.at(-1)?.length).toBeLessThan(members / 2);
  });

  const odd: unknown[] = [
    { a: 1 }, { a: '1' }, { a: null }, { a: [] }, { a: {} }, { b: 1, a: 1 }, { a: 1, b: 1 }, [1], [1, 2], { 0: 1, 1: 2 }, [], {}, [[[]]], [{}],
    { a: { a: { a: 1 } } }, { a: { a: 2 } }, { a: 'loose' }, { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 2 }, 3] }, 'text', 0, false, null, { length: 2 },
    { constructor: 1, toString: { x: 1 } }, JSON.parse('{"__proto__":{"x":1},"y":1}'), JSON.parse('{"__proto__":{"x":2},"y":2}'), { '': { '': '' } },
  ]; // prettier-ignore
  test('whatever they are like, however often each comes, in any order', () => {
    const packing = createPacking();
    const kept: [string, ReturnType<typeof packing.pack>][] = [];
    let seed = 7;
    for (let round = 0; round < 3000; round += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const object = wrapped(copy(odd[(seed >> 8) % odd.length]));
      kept.push([JSON.stringify(object), packing.pack(object)]);
    }
    for (const [text, packed] of kept) expect(JSON.stringify(packing.unpack(packed))).toBe(text);
  });
  test('with members whose names are data: they are not learnt for ever', () => {
    const packing = createPacking();
    const make = (index: number): KubeObject => wrapped({ pods: { [`pod-${index}`]: 'node', __proto__: null }, list: Array.from({ length: index % 90 }, () => index) }); // prettier-ignore
    const all = Array.from({ length: 2000 }, (_, index) => [JSON.stringify(make(index)), packing.pack(make(index))] as const); // prettier-ignore
    for (const [text, packed] of all) expect(JSON.stringify(packing.unpack(packed))).toBe(text);
    const last = packing.unpack(
      packing.pack(wrapped({ pods: JSON.parse('{"__proto__":"node"}') as object, list: [] })),
    );
    expect(Object.keys(last['spec']?.['pods'] as object)).toEqual(['__proto__']);
  });
  test('what an object is made of is not written to, nor is what comes of it', () => {
    const packing = createPacking({ frozen: true });
    const packed = [1, 2, 3].map((index) => packing.pack(copy(virtualMachine(index))));
    const one = packing.unpack(packed[2] ?? []);
    expect(() => (one.metadata.name = 'other')).toThrow(TypeError);
    expect(() => (one.metadata.labels ??= {})['a'] = 'b').toThrow(TypeError); // prettier-ignore
  });
});
