import { describe, expect, it } from 'vitest';
import { jsonPatch } from '../../../main/embedded/api/patch/json-patch.ts';
import { mergePatch } from '../../../main/embedded/api/patch/merge-patch.ts';
import { strategicPatch } from '../../../main/embedded/api/patch/strategic.ts';

describe('JSON patch', () => {
  // Examples of RFC 6902, appendix A.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    [{ foo: { bar: 'baz', waldo: 'fred' }, qux: {} }, [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }], { foo: { bar: 'baz' }, qux: { thud: 'fred' } }],
    [{ foo: ['all', 'grass', 'cows', 'eat'] }, [{ op: 'move', from: '/foo/1', path: '/foo/3' }], { foo: ['all', 'cows', 'eat', 'grass'] }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
  ])('%j with %j', (target, patch, result) => expect(jsonPatch(target, patch)).toEqual(result)); // prettier-ignore
  it.each([
    [[{ op: 'test', path: '/foo', value: 'other' }], /test failed/],
    [[{ op: 'remove', path: '/nothing' }], /missing/],
    [[{ op: 'replace', path: '/nothing', value: 1 }], /missing/],
    [[{ op: 'add', path: '/list/5', value: 1 }], /missing/],
    [[{ op: 'add', path: '/a/b/c', value: 1 }], /missing/],
    [[{ op: 'add', path: '/__proto__/x', value: 1 }], /no valid field/],
    [[{ op: 'dance', path: '/foo' }], /unexpected kind/],
    [{}, /cannot unmarshal/],
  ])('refuses %j', (patch, message) => expect(() => jsonPatch({ foo: 'bar', list: [1] }, patch)).toThrow(message));
  it('leaves the original alone when a later step fails', () => {
    const target = { a: 1 };
    expect(() => jsonPatch(target, [{ op: 'add', path: '/b', value: 2 }, { op: 'test', path: '/a', value: 5 }])).toThrow(/test failed/); // prettier-ignore
    expect(target).toEqual({ a: 1 });
  });
});

describe('merge patch', () => {
  // Table of RFC 7386.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result));
});

describe('strategic merge patch', () => {
  const schema = {
    properties: {
      ports: {
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'port',
        items: { properties: {} },
      },
      finalizers: { 'x-kubernetes-patch-strategy': 'merge' },
      plain: {},
    },
  };
  const target = { ports: [{ port: 80, name: 'http' }, { port: 22, name: 'ssh' }], finalizers: ['a', 'b'], plain: [1, 2], map: { x: 1, y: 2 } }; // prettier-ignore
  it.each([
    [{ ports: [{ port: 80, name: 'web' }, { port: 443 }] }, { ports: [{ port: 80, name: 'web' }, { port: 22, name: 'ssh' }, { port: 443 }] }],
    [{ ports: [{ $patch: 'delete', port: 22 }] }, { ports: [{ port: 80, name: 'http' }] }],
    [{ ports: [{ port: 443 }, { $patch: 'replace' }] }, { ports: [{ port: 443 }] }],
    [{ '$setElementOrder/ports': [{ port: 22 }, { port: 80 }] }, { ports: [{ port: 22, name: 'ssh' }, { port: 80, name: 'http' }] }],
    [{ finalizers: ['c', 'a'] }, { finalizers: ['a', 'b', 'c'] }],
    [{ '$deleteFromPrimitiveList/finalizers': ['a'] }, { finalizers: ['b'] }],
    [{ plain: [3] }, { plain: [3] }],
    [{ map: { $patch: 'replace', z: 3 } }, { map: { z: 3 } }],
    [{ map: { $retainKeys: ['y', 'z'], z: 3 } }, { map: { y: 2, z: 3 } }],
    [{ map: null }, { map: undefined }],
  ])('%j', (patch, changed) => expect(strategicPatch(target, patch, schema)).toEqual({ ...target, ...changed })); // prettier-ignore
  it('needs the merge key', () =>
    expect(() => strategicPatch(target, { ports: [{ name: 'x' }] }, schema)).toThrow(/merge key: port/));
});
