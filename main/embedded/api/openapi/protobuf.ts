import { stringify } from 'yaml';
import { isMap } from '../patch/merge-patch.ts';

// OpenAPI v2 as gnostic's protobuf (google/gnostic openapiv2/OpenAPIv2.proto): kubectl up to 1.26 asks for nothing else.

type Json = Record<string, unknown>;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
};
const bytes = (id: number, data: Buffer): Buffer => Buffer.concat([varint(id * 8 + 2), varint(data.length), data]);
const text = (id: number, value: unknown): Buffer =>
  typeof value === 'string' && value !== '' ? bytes(id, Buffer.from(value)) : Buffer.alloc(0);
const flag = (id: number, value: unknown): Buffer =>
  value === true ? Buffer.concat([varint(id * 8), varint(1)]) : Buffer.alloc(0);
const integer = (id: number, value: unknown): Buffer =>
  typeof value === 'number' && value >= 0 ? Buffer.concat([varint(id * 8), varint(value)]) : Buffer.alloc(0);
const double = (id: number, value: unknown): Buffer => {
  if (typeof value !== 'number') return Buffer.alloc(0);
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([varint(id * 8 + 1), data]);
};
const texts = (id: number, value: unknown): Buffer =>
  Array.isArray(value) ? Buffer.concat(value.map((item) => text(id, item))) : Buffer.alloc(0);
const message = (id: number, ...parts: Buffer[]): Buffer => bytes(id, Buffer.concat(parts));

/** `Any`: the value as YAML. */
const any = (id: number, value: unknown): Buffer =>
  value === undefined ? Buffer.alloc(0) : message(id, text(2, stringify(value)));
const extensions = (id: number, object: Json): Buffer =>
  Buffer.concat(
    Object.entries(object)
      .filter(([name]) => name.startsWith('x-'))
      .map(([name, value]) => message(id, text(1, name), any(2, value))),
  );

const schema = (id: number, value: unknown): Buffer => {
  if (!isMap(value)) return Buffer.alloc(0);
  const { properties, items, additionalProperties: more, enum: allowed } = value;
  return message(
    id,
    text(1, value['$ref']),
    text(2, value['format']),
    text(4, value['description']),
    any(5, value['default']),
    double(7, value['maximum']),
    double(9, value['minimum']),
    integer(11, value['maxLength']),
    integer(12, value['minLength']),
    text(13, value['pattern']),
    integer(14, value['maxItems']),
    integer(15, value['minItems']),
    texts(19, value['required']),
    ...(Array.isArray(allowed) ? allowed.map((item: unknown) => any(20, item)) : []),
    isMap(more)
      ? message(21, schema(1, more))
      : typeof more === 'boolean'
        ? message(21, flag(2, more))
        : Buffer.alloc(0),
    typeof value['type'] === 'string' ? message(22, text(1, value['type'])) : Buffer.alloc(0),
    isMap(items) ? message(23, schema(1, items)) : Buffer.alloc(0),
    isMap(properties) ? message(25, named(1, properties)) : Buffer.alloc(0),
    extensions(31, value),
  );
};
/** NamedSchema entries of a map. */
const named = (id: number, map: Json): Buffer =>
  Buffer.concat(Object.entries(map).map(([name, value]) => message(id, text(1, name), schema(2, value))));

const parameter = (id: number, value: Json): Buffer => {
  if (value['in'] === 'body') {
    const body = message(
      1,
      text(2, value['name']),
      text(3, 'body'),
      flag(4, value['required']),
      schema(5, value['schema']),
    );
    return message(id, message(1, body));
  }
  const common = [
    flag(1, value['required']),
    text(2, value['in']),
    text(3, value['description']),
    text(4, value['name']),
  ];
  const inner =
    value['in'] === 'path'
      ? message(4, ...common, text(5, value['type']), flag(19, value['uniqueItems']))
      : message(3, ...common, text(6, value['type']), flag(20, value['uniqueItems']));
  return message(id, message(1, message(2, inner)));
};
const parameters = (id: number, list: unknown): Buffer =>
  Array.isArray(list) ? Buffer.concat(list.filter(isMap).map((entry) => parameter(id, entry))) : Buffer.alloc(0);

const response = (code: string, value: Json): Buffer => {
  const inner = message(
    1,
    text(1, value['description']),
    isMap(value['schema']) ? message(2, schema(1, value['schema'])) : Buffer.alloc(0),
  );
  return message(1, text(1, code), message(2, inner));
};
const operation = (id: number, value: unknown): Buffer => {
  if (!isMap(value)) return Buffer.alloc(0);
  const responses = isMap(value['responses']) ? Object.entries(value['responses']) : [];
  return message(
    id,
    texts(1, value['tags']),
    text(3, value['description']),
    text(5, value['operationId']),
    texts(6, ['application/json', 'application/yaml']),
    texts(7, value['consumes']),
    parameters(8, value['parameters']),
    message(9, ...responses.map(([code, answer]) => response(code, answer as Json))),
    extensions(13, value),
  );
};
const pathItem = ([path, value]: [string, unknown]): Buffer => {
  const item = value as Json;
  const inner = message(
    2,
    operation(2, item['get']),
    operation(3, item['put']),
    operation(4, item['post']),
    operation(5, item['delete']),
    operation(8, item['patch']),
    parameters(9, item['parameters']),
  );
  return message(2, text(1, path), inner);
};

/** The document as `openapi.v2.Document`. */
export const encodeOpenApiV2 = (document: Json): Buffer => {
  const info = document['info'] as Json;
  return Buffer.concat([
    text(1, document['swagger']),
    message(2, text(1, info['title']), text(2, info['version'])),
    message(8, ...Object.entries(document['paths'] as Json).map(pathItem)),
    message(9, named(1, document['definitions'] as Json)),
  ]);
};
