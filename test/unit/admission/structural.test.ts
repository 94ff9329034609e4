import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMaps, secrets, services, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import { admissionLab, machine } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

const odd = () => machine({ foo: 1, domain: { devices: { disks: [{ name: 'root', disk: {}, colour: 'red' }] } } });
const core = (kind: string, fields: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'default', ...metadata },
  ...fields,
});

test('Strict names every unknown field', () => {
  const refusal = lab.refusal({ type: virtualMachines, object: odd() });
  expect(refusal).toMatchObject({ code: 400, reason: 'BadRequest' });
  expect(refusal.message).toBe(
    'VirtualMachine in version "v1" cannot be handled as a VirtualMachine: strict decoding error: unknown field "spec.template.spec.domain.devices.disks[0].colour", unknown field "spec.template.spec.foo"',
  );
});

test('Warn tells and prunes, Ignore prunes', () => {
  const warned = lab.admit({ type: virtualMachines, object: odd(), fieldValidation: 'Warn' });
  expect(warned.warnings).toEqual([
    'unknown field "spec.template.spec.domain.devices.disks[0].colour"',
    'unknown field "spec.template.spec.foo"',
  ]);
  const ignored = lab.admit({ type: virtualMachines, object: odd(), fieldValidation: 'Ignore' });
  expect(ignored.warnings).toEqual([]);
  for (const { object } of [warned, ignored]) expect(JSON.stringify(object)).not.toMatch(/colour|foo/);
});

test('what the client sent is not changed', () => {
  const object = machine();
  const before = structuredClone(object);
  lab.admit({ type: virtualMachines, object });
  expect(object).toEqual(before);
});

const at = 'spec.template.spec';
const wrong: [title: string, spec: object, vm: object, reason: string, field: string, message: string][] = [
  ['type', {}, { running: 'yes' }, 'FieldValueTypeInvalid', 'spec.running', 'Invalid value: "string": spec.running in body must be of type boolean: "string"'],
  ['list', { volumes: {} }, {}, 'FieldValueTypeInvalid', `${at}.volumes`, `Invalid value: "object": ${at}.volumes in body must be of type array: "object"`],
  ['required', { domain: { devices: { disks: [{}] } } }, {}, 'FieldValueRequired', `${at}.domain.devices.disks[0].name`, 'Required value'],
  ['enumeration', { domain: { rebootPolicy: 'Never' } }, {}, 'FieldValueNotSupported', `${at}.domain.rebootPolicy`, 'Unsupported value: "Never": supported values: "Reboot", "Terminate"'],
  ['too many', { networks: Array.from({ length: 257 }, (_, index) => ({ name: `n${index}` })) }, {}, 'FieldValueTooMany', `${at}.networks`, 'Too many: 257: must have at most 256 items'],
  ['duplicate in a list map', { resourceClaims: [{ name: 'a' }, { name: 'a' }] }, {}, 'FieldValueDuplicate', `${at}.resourceClaims[1]`, 'Duplicate value: {"name":"a"}'],
  ['fraction', { domain: { cpu: { cores: 1.5 } } }, {}, 'FieldValueTypeInvalid', `${at}.domain.cpu.cores`, `Invalid value: "number": ${at}.domain.cpu.cores in body must be of type integer: "number"`],
  ['int or string', { domain: { memory: { guest: true } } }, {}, 'FieldValueTypeInvalid', `${at}.domain.memory.guest`, `Invalid value: "boolean": ${at}.domain.memory.guest in body must be of type integer,string: "boolean"`],
]; // prettier-ignore
test.each(wrong)('the schema refuses: %s', (_title, spec, vm, reason, field, message) => {
  const refusal = lab.refusal({ type: virtualMachines, object: machine(spec as never, vm as never) });
  expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(refusal.message).toMatch(/^VirtualMachine\.kubevirt\.io "web" is invalid: /);
  expect(refusal.causes).toContainEqual({ reason, field, message });
});

test('a quantity that is none', () => {
  const refusal = lab.refusal({ type: virtualMachines, object: machine({ domain: { memory: { guest: '2 GB' } } }) });
  expect(refusal.causes[0]?.message).toMatch(/^Invalid value: "2 GB": .*\.guest in body should match '\^/);
});

test('null means left out, where null means nothing', () => {
  const object = machine({ hostname: null }, { template: { metadata: { creationTimestamp: null } } });
  expect(JSON.stringify(lab.admit({ type: virtualMachines, object }).object)).not.toContain('hostname');
});

test('schema defaults are filled in', () => {
  const object = core('Service', { spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80 }] } });
  expect(lab.admit({ type: services, object }).object.spec).toMatchObject({
    sessionAffinity: 'None',
    ports: [{ protocol: 'TCP', nodePort: expect.any(Number) }],
  });
});

test('core kinds are decoded first: a wrong type is a bad request', () => {
  const object = core('ConfigMap', { data: { port: 80 } });
  const refusal = lab.refusal({ type: configMaps, object });
  expect(refusal.code).toBe(400);
  expect(refusal.message).toBe(
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data.port of type string',
  );
  const coded = lab.refusal({ type: secrets, object: core('Secret', { data: { key: 'a%b=' } }) });
  expect(coded.message).toBe(
    'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 1',
  );
});

test('a body of another kind is turned away', () => {
  expect(lab.refusal({ type: secrets, object: core('ConfigMap', {}) }).message).toMatch(/the body is a ConfigMap/);
  const nameless = lab.refusal({ type: secrets, object: { apiVersion: 'v1' } as KubeObject });
  expect(nameless.message).toMatch(/^Object 'Kind' is missing in /);
});

test('__proto__ is a field like any other', () => {
  const object = core('ConfigMap', { data: JSON.parse('{"__proto__": "a", "b": "c"}') });
  const { data } = lab.admit({ type: configMaps, object }).object as { data?: object };
  expect(Object.keys(data ?? {})).toEqual(['__proto__', 'b']);
  expect(({} as { a?: string }).a).toBeUndefined();
});

const names: [metadata: object, field: string, message: RegExp][] = [
  [{ name: 'Big' }, 'metadata.name', /^Invalid value: "Big": a lowercase RFC 1123 subdomain must consist/],
  [{ name: 'a'.repeat(254) }, 'metadata.name', /must be no more than 253 characters$/],
  [{ name: '' }, 'metadata.name', /^Required value: name or generateName is required$/],
  [{ labels: { 'a b': 'c' } }, 'metadata.labels', /^Invalid value: "a b": name part must consist/],
  [{ labels: { a: 'c d' } }, 'metadata.labels', /^Invalid value: "c d": a valid label must be an empty string/],
  [{ annotations: { a: 'x'.repeat(2 ** 18) } }, 'metadata.annotations', /^Too long: may not be more than 262144 bytes$/],
  [{ finalizers: ['a b'] }, 'metadata.finalizers[0]', /name part must consist/],
  [{ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }] }, 'metadata.ownerReferences[0].uid', /must not be empty$/],
]; // prettier-ignore
test.each(names)('metadata %j is refused', (metadata, field, message) => {
  const refusal = lab.refusal({ type: configMaps, object: core('ConfigMap', {}, metadata) });
  expect(refusal.code).toBe(422);
  expect(refusal.causes).toContainEqual(expect.objectContaining({ field, message: expect.stringMatching(message) }));
});

test('identity and times are the server’s own', () => {
  const object = core('ConfigMap', {}, { uid: 'mine', creationTimestamp: '2020-01-01T00:00:00Z', generation: 7 });
  expect(lab.admit({ type: configMaps, object }).object.metadata).toEqual({ name: 'a', namespace: 'default' });
});

test('nothing is made in a namespace that is not there', () => {
  const refusal = lab.refusal({ type: configMaps, object: core('ConfigMap', {}, { namespace: 'nowhere' }) });
  expect(refusal).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
});
