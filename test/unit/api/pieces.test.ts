import { describe, expect, it } from 'vitest';
import { readProtobuf } from '../../../main/embedded/api/protobuf/decode.ts';
import { routeOf, segmentsOf } from '../../../main/embedded/api/routes.ts';
import { fieldSelector, labelSelector } from '../../../main/embedded/api/selectors.ts';
import { age } from '../../../main/embedded/api/table/cells.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';

const object = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'n', namespace: 'ns', uid: 'u', resourceVersion: '1', labels: { app: 'web', 'x.io/tier': '5' } },
  involvedObject: { kind: 'VirtualMachine', name: 'vm,1' },
  type: 'Warning',
  status: { phase: 'Active' },
} as Stored;

describe('selectors', () => {
  it.each([
    ['', true], ['app=web', true], ['app==web', true], ['app = web', true], ['app!=web', false], ['other!=web', true], ['app', true], ['!app', false], ['!other', true], ['app in (db, web)', true],
    ['app in (db)', false], ['app notin (db)', true], ['other notin (db)', true], ['x.io/tier>4', true], ['x.io/tier < 5', false], ['app>1', false], ['app=web,!other,x.io/tier in (5)', true], ['app=', false],
  ])('label %j: %s', (text, expected) => expect(labelSelector(text)(object)).toBe(expected)); // prettier-ignore
  it.each(['a b', '=x', 'app in web', 'a((', ',', '!', 'a=b=c', '-a=b', 'app in (a'])(
    'refuses label selector %j',
    (text) => {
      expect(() => labelSelector(text)).toThrow(/unable to parse requirement/);
    },
  );
  it.each([
    ['metadata.name=n', true], ['metadata.name!=n', false], ['involvedObject.name=vm\\,1', true], ['type=Warning,involvedObject.kind=VirtualMachine', true], ['status.phase==Active', true], ['spec.nodeName=', true], ['reason=', true],
  ])('field %j: %s', (text, expected) => expect(fieldSelector(text)(object)).toBe(expected)); // prettier-ignore
  it('is not led astray by names that every object has', () => {
    expect(labelSelector('constructor')(object)).toBe(false);
    expect(labelSelector('toString notin (a)')(object)).toBe(true);
    expect(fieldSelector('status.constructor=')(object)).toBe(true);
  });
});

describe('routes', () => {
  const route = (path: string) => {
    const found = routeOf(segmentsOf(path) ?? []);
    return found.kind === 'resource'
      ? [found.type.plural, found.namespace, found.name, found.rest.join('/')]
      : found.kind;
  };
  it.each([
    ['/api/v1/namespaces', ['namespaces', undefined, undefined, '']],
    ['/api/v1/namespaces/a', ['namespaces', undefined, 'a', '']],
    ['/api/v1/namespaces/a/status', ['namespaces', undefined, 'a', 'status']],
    ['/api/v1/namespaces/a/secrets', ['secrets', 'a', undefined, '']],
    ['/api/v1/namespaces/a/secrets/b', ['secrets', 'a', 'b', '']],
    ['/api/v1/secrets', ['secrets', undefined, undefined, '']],
    ['/apis/kubevirt.io/v1/namespaces/a/virtualmachines/b/status', ['virtualmachines', 'a', 'b', 'status']],
    ['/apis/storage.k8s.io/v1/storageclasses/local', ['storageclasses', undefined, 'local', '']],
    ['/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachines/b/portforward/22/tcp', 'subresource'],
  ])('%s', (path, expected) => expect(route(path)).toEqual(expected));
  it.each([
    '/',
    '/api',
    '/api/v1',
    '/apis/kubevirt.io/v1',
    '/api/v1/secrets/b',
    '/api/v2/secrets',
    '/apis/kubevirt.io/v1/namespaces/a/secrets',
    '/api/v1/namespaces/a/nodes',
    '/apis/subresources.kubevirt.io/v1/x',
  ])('%s is no resource', (path) => expect(route(path)).toBe('path'));
});

describe('ages', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  // apimachinery pkg/util/duration: HumanDuration.
  it.each([[0, '0s'], [119, '119s'], [120, '2m'], [125, '2m5s'], [599, '9m59s'], [3600, '60m'], [10_799, '179m'], [10_800, '3h'], [14_400 + 60, '4h1m'], [28_800, '8h'], [172_799, '47h'], [172_800, '2d'], [180_000, '2d2h'], [691_200, '8d'], [63_072_000, '2y'], [-5, '<invalid>']])(
    '%i seconds are %s',
    (seconds, expected) => expect(age(new Date(now - seconds * 1000).toISOString(), now)).toBe(expected),
  ); // prettier-ignore
});

describe('protobuf bodies', () => {
  // ConfigMap a with data x: y.
  const body = Buffer.from('6b3873000a0f0a0276311209436f6e6669674d6170120d0a030a016112060a0178120179', 'hex');
  it('reads an object', () => {
    expect(readProtobuf(body)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { x: 'y' },
    });
  });
  it('refuses what is broken, at every length', () => {
    for (let length = 0; length < body.length; length++) {
      let result: unknown;
      try {
        result = readProtobuf(body.subarray(0, length));
      } catch (error) {
        result = (error as Error).name;
      }
      expect(result === 'StatusError' || typeof result === 'object').toBe(true);
    }
  });
  it('refuses kinds that it does not know', () => {
    const unknown = Buffer.concat([
      Buffer.from('k8s\0'),
      Buffer.from([0x0a, 9, 0x0a, 2, 0x76, 0x31, 0x12, 3, 0x46, 0x6f, 0x6f]),
    ]);
    expect(() => readProtobuf(unknown)).toThrow(/v1 Foo is not served as protobuf/);
  });
});
