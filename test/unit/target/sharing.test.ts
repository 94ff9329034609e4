import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { ListReader } from '../../../main/backend/target/list-stream.ts';
import { createSharing } from '../../../main/backend/target/sharing.ts';
import { slim } from '../../../main/backend/target/slim.ts';
import { event, virtualMachine, virtualMachineInstance } from '../../support/crowd/objects.ts';

/** What the reader makes of a text that comes in pieces of so many bytes. */
function read(text: string, piece: number): { items: unknown[]; head: unknown } {
  const items: unknown[] = [];
  const reader = new ListReader((item) => items.push(item));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return { items, head: reader.end() };
}
const without = (value: object): unknown => JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'managedFields' ? undefined : member))); // prettier-ignore

describe('a list that is read as it comes', () => {
  const metadata = { resourceVersion: '7', continue: 'more' };
  const odd = [
    { metadata: { name: 'ü€𐍈 "quoted" \\ {[', managedFields: [{ a: ']}' }], labels: { managedFields: 'mine' } } },
    { kind: 'metadata', spec: { managedFields: 'a value', list: [[], {}, [{ x: '\\"' }]] }, metadata: { managedFields: [] } },
    { metadata: { annotations: { note: 'managedFields' }, name: 'managedFields', managedFields: [[1], { f: {} }] } },
    { items: [{ items: [] }], metadata: { managedFields: null, name: 'x' }, empty: {} },
    {},
  ];
  const whole = [...odd, virtualMachine(1), virtualMachineInstance(2), event(3, 5)];
  const kept = (items: readonly object[]): unknown[] =>
    items.map((item) => {
      const copy = structuredClone(item) as { metadata?: Record<string, unknown> };
      if (Array.isArray(copy.metadata?.['managedFields'])) delete copy.metadata['managedFields'];
      return copy;
    });

  test.each([1, 2, 3, 7, 64, 1000, 1_000_000])('in pieces of %i bytes', (piece) => {
    const list = { kind: 'List', note: '"items":[', metadata, items: whole, after: { items: [1] } };
    for (const text of [JSON.stringify(list), JSON.stringify(list, undefined, 2)])
      expect(read(text, piece)).toEqual({ items: kept(whole), head: { ...list, items: [] } });
  });
  test('whatever is where, and with none', () => {
    expect(read(JSON.stringify({ items: whole.slice(0, 2), metadata }), 5)).toEqual({ items: kept(whole.slice(0, 2)), head: { items: [], metadata } }); // prettier-ignore
    expect(read('{"items":[],"metadata":{}}', 4)).toEqual({ items: [], head: { items: [], metadata: {} } });
    expect(read('{"metadata":{},"items":null}', 4)).toEqual({ items: [], head: { metadata: {}, items: null } });
  });
  test('one that is cut off is an error', () => {
    const text = JSON.stringify({ metadata, items: whole });
    for (const length of [0, 10, 300, text.length - 1]) expect(() => read(text.slice(0, length), 50)).toThrow(SyntaxError); // prettier-ignore
  });
}); // prettier-ignore

describe('alike parts of watched objects', () => {
  const kind = kinds.virtualMachines;
  const parsed = (index: number) => JSON.parse(JSON.stringify(virtualMachine(index))) as KubeObject;
  test('are one, and the objects are as they were', () => {
    const sharing = createSharing({ frozen: true });
    const made = Array.from({ length: 40 }, (_, index) => sharing.object(kind.plural, slim(parsed(index), kind)));
    for (const [index, object] of made.entries()) expect(object).toEqual(without(virtualMachine(index)));
    const interfaces = new Set(made.map((each) => (each as unknown as { spec: { template: { spec: { networks: unknown } } } }).spec.template.spec.networks)); // prettier-ignore
    expect(interfaces.size).toBe(1);
    expect(new Set(made.map(({ metadata: each }) => each.annotations)).size).toBe(1);
    expect(new Set(made.map(({ metadata: each }) => each)).size).toBe(40);
  });
  test('are never confused with parts that are nearly alike', () => {
    const sharing = createSharing();
    const parts: unknown[] = [{ a: 1 }, { a: '1' }, { a: undefined, b: 1 }, { b: 1 }, [1], { 0: 1 }, [1, 2], {}, [], { a: 1, b: 2 }, { b: 2, a: 1 }, { a: null }, { a: [] }, { a: {} }]; // prettier-ignore
    for (let round = 0; round < 3; round += 1)
      for (const part of parts) {
        const object = { apiVersion: 'v1', kind: 'X', metadata: {}, spec: structuredClone(part) as Record<string, unknown> };
        expect(sharing.object('x', object).spec).toEqual(part);
      }
  });
  test('are those of the same object before, whatever came in between', () => {
    const sharing = createSharing({ frozen: true });
    const before = sharing.object(kind.plural, slim(parsed(1), kind));
    for (let index = 2; index < 60; index += 1) sharing.object(kind.plural, slim(parsed(index), kind));
    const changed = slim(parsed(1), kind);
    changed.status = { ...changed.status, printableStatus: 'Paused' };
    const now = sharing.object(kind.plural, changed, before);
    expect(now.spec).toBe(before.spec);
    expect(now.metadata).toBe(before.metadata);
    expect(now.status).not.toBe(before.status);
    expect(now.status?.['conditions']).toBe(before.status?.['conditions']);
    expect(now).toEqual({ ...before, status: { ...before.status, printableStatus: 'Paused' } });
  });
  test('cannot be written to where that is looked for', () => {
    const object = createSharing({ frozen: true }).object(kind.plural, slim(parsed(1), kind));
    expect(() => Object.assign(object.metadata.labels ?? {}, { app: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(object, { status: {} })).toThrow(TypeError);
  });
}); // prettier-ignore
