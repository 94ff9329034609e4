import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { schemasFrom } from '../../../main/embedded/admission/schema.ts';
import { encodeOpenApiV2 } from '../../../main/embedded/api/openapi/protobuf.ts';
import { openApiV2 } from '../../../main/embedded/api/openapi/v2.ts';
import { openApiV3 } from '../../../main/embedded/api/openapi/v3.ts';
import { dataVolumes, virtualMachines } from '../../../main/embedded/kube/resources.ts';

const schemas = schemasFrom(join(import.meta.dirname, '../../../assets'));
const schemaOf = schemas.schemaOf.bind(schemas);

/** Length-delimited fields of a protobuf message by number; throws where the bytes do not add up. */
const fields = (data: Buffer): Map<number, Buffer[]> => {
  const found = new Map<number, Buffer[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++];
      if (byte === undefined) throw new Error('cut short');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < data.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else {
      const length = varint();
      if (wire !== 2 || at + length > data.length) throw new Error('broken');
      found.set(tag >>> 3, [...(found.get(tag >>> 3) ?? []), data.subarray(at, at + length)]);
      at += length;
    }
  }
  return found;
};
const one = (data: Buffer | undefined, ...path: number[]): Buffer | undefined =>
  path.reduce((here: Buffer | undefined, id) => (here ? fields(here).get(id)?.[0] : undefined), data);
const entry = (data: Buffer | undefined, id: number, name: string): Buffer | undefined =>
  fields(data ?? Buffer.alloc(0))
    .get(id)
    ?.find((item) => one(item, 1)?.toString() === name);

describe('OpenAPI', () => {
  it('says the same in protobuf as in JSON (message numbers of gnostic OpenAPIv2.proto)', () => {
    const document = openApiV2(schemaOf);
    const data = encodeOpenApiV2(document);
    expect(one(data, 1)?.toString()).toBe('2.0');
    const definition = entry(one(data, 9), 1, 'io.kubevirt.v1.VirtualMachine');
    const spec = entry(one(definition, 2, 25), 1, 'spec');
    const strategy = entry(one(spec, 2, 25), 1, 'runStrategy');
    expect(one(strategy, 2, 22, 1)?.toString()).toBe('string');
    const json = document['definitions'] as Record<
      string,
      { properties: { spec: { properties: { runStrategy: { description: string } } } } }
    >;
    expect(one(strategy, 2, 4)?.toString()).toBe(
      json['io.kubevirt.v1.VirtualMachine']?.properties.spec.properties.runStrategy.description,
    );
    const path = entry(one(data, 8), 2, '/apis/kubevirt.io/v1/namespaces/{namespace}/virtualmachines/{name}');
    const patch = one(path, 2, 8);
    const names = fields(patch ?? Buffer.alloc(0))
      .get(8)
      ?.map((item) => one(item, 1, 2, 3, 4)?.toString());
    expect(names).toEqual(expect.arrayContaining(['dryRun', 'fieldValidation', 'force']));
    const kind = entry(patch, 13, 'x-kubernetes-group-version-kind');
    expect(one(kind, 2, 2)?.toString()).toContain('kind: VirtualMachine');
  });
  it('names every definition it refers to', () => {
    for (const document of [openApiV2(schemaOf), openApiV3([virtualMachines, dataVolumes], schemaOf)]) {
      const text = JSON.stringify(document);
      const known = new Set(
        Object.keys(document['definitions'] ?? (document['components'] as { schemas: object }).schemas),
      );
      for (const [, name = ''] of text.matchAll(/"\$ref":"#\/(?:definitions|components\/schemas)\/([^"]+)"/g)) {
        expect(known).toContain(name);
      }
    }
  });
});
