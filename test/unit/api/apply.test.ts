import { describe, expect, it } from 'vitest';
import { applyConfig } from '../../../main/embedded/api/apply/apply.ts';
import { compare, difference, fieldsOf, pathsOf } from '../../../main/embedded/api/apply/field-set.ts';
import { entriesOf, trackUpdate } from '../../../main/embedded/api/apply/managers.ts';
import type { KubeObject, Stored } from '../../../main/embedded/kube/object.ts';

const schema = {
  properties: {
    spec: {
      properties: {
        ports: {
          type: 'array' as const,
          'x-kubernetes-list-type': 'map' as const,
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: { properties: { protocol: { default: 'TCP' } } },
        },
        tags: { 'x-kubernetes-list-type': 'set' as const },
        whole: { 'x-kubernetes-map-type': 'atomic' as const },
      },
    },
  },
};
const object = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'a' },
  spec,
});
const apply = (live: Stored | undefined, spec: Record<string, unknown>, manager: string, force = false): Stored =>
  applyConfig(live, object(spec), { manager, operation: 'Apply', apiVersion: 'v1' }, schema, force) as Stored;

describe('field sets', () => {
  it('names fields as Kubernetes does', () => {
    const set = fieldsOf({ ports: [{ port: 80, name: 'x' }], tags: ['a'], whole: { b: 1 }, list: [1], empty: {} }, schema.properties.spec);
    expect(set).toEqual({
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } },
      'f:tags': { 'v:"a"': {} },
      'f:whole': {},
      'f:list': {},
      'f:empty': {},
    });
    expect(pathsOf(set)).toEqual(['.ports[port=80,protocol="TCP"].port', '.ports[port=80,protocol="TCP"].name', '.tags[="a"]', '.whole', '.list', '.empty']);
  }); // prettier-ignore
  it('tells what changed and what went', () => {
    const { changed, removed } = compare({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { a: 1, b: { c: 3 }, e: [2], f: 1 }, undefined);
    expect(changed).toEqual({ 'f:b': { 'f:c': {} }, 'f:e': {}, 'f:f': {} });
    expect(removed).toEqual({ 'f:b': { 'f:d': {} } });
    expect(difference({ 'f:a': {}, 'f:b': { 'f:c': {}, 'f:d': {} } }, { 'f:b': { 'f:c': {} } })).toEqual({ 'f:a': {}, 'f:b': { 'f:d': {} } });
  }); // prettier-ignore
});

describe('server-side apply', () => {
  it('merges keyed lists and sets, replaces atomic ones', () => {
    const first = apply(undefined, { ports: [{ port: 80, name: 'web' }], tags: ['a'], list: [1, 2] }, 'one');
    const second = apply(first, { ports: [{ port: 443 }], tags: ['b'] }, 'two');
    expect(second.spec).toEqual({ ports: [{ port: 80, name: 'web' }, { port: 443 }], tags: ['a', 'b'], list: [1, 2] });
    const third = apply(second, { ports: [], list: [3] }, 'one');
    expect(third.spec).toEqual({ ports: [{ port: 443 }], tags: ['b'], list: [3] });
  });
  it('shares what two want the same, and keeps it until both let go', () => {
    const both = apply(apply(undefined, { a: 1, b: 2 }, 'one'), { a: 1 }, 'two');
    const left = apply(both, {}, 'one');
    expect(left.spec).toEqual({ a: 1 });
    expect(apply(left, {}, 'two').spec).toEqual({});
  });
  it('refuses to overrule others, in the words of Kubernetes', () => {
    const live = apply(undefined, { a: 1, b: 2 }, 'one');
    expect(() => apply(live, { a: 2 }, 'two')).toThrow('Apply failed with 1 conflict: conflict with "one": .spec.a');
    expect(() => apply(live, { a: 2, b: 3 }, 'two')).toThrow('Apply failed with 2 conflicts: conflicts with "one":\n- .spec.a\n- .spec.b');
    const forced = apply(live, { a: 2 }, 'two', true);
    expect(forced.spec).toEqual({ a: 2, b: 2 });
    expect(Object.fromEntries(entriesOf(forced).map((entry) => [entry.manager, entry.fieldsV1]))).toEqual({ one: { 'f:spec': { 'f:b': {} } }, two: { 'f:spec': { 'f:a': {} } } });
  }); // prettier-ignore
  it('gives a changed field to who changed it', () => {
    const live = apply(undefined, { a: 1, b: 2 }, 'one');
    const after = { ...live, spec: { a: 5 } } as KubeObject;
    const entries = trackUpdate(live, after, { manager: 'hand', operation: 'Update', apiVersion: 'v1' }, schema);
    expect(entries.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }))).toEqual([
      { manager: 'hand', operation: 'Update', fieldsV1: { 'f:spec': { 'f:a': {} } } },
    ]);
  });
});
