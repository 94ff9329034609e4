import { StatusError, badRequest } from '../../kube/status-error.ts';
import type { Field, Message } from './messages.ts';
import { messages } from './messages.ts';

// kubectl 1.32 and newer send core kinds as protobuf and take no "no" for an answer.

const magic = Buffer.from('k8s\0');
const broken = () => badRequest('the protobuf body is broken');

class Reader {
  private readonly data: Buffer;
  private at = 0;
  constructor(data: Buffer) {
    this.data = data;
  }
  get done(): boolean {
    return this.at >= this.data.length;
  }
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.data[this.at++];
      if (byte === undefined) throw broken();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw broken();
  }
  bytes(): Buffer {
    const length = Number(this.varint());
    if (length < 0 || this.at + length > this.data.length) throw broken();
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }
  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 2) this.bytes();
    else if (wire === 1 || wire === 5) this.at += wire === 1 ? 8 : 4;
    else throw broken();
  }
}

/** Each field's number and raw value. */
function* fieldsOf(data: Buffer): Generator<{ id: number; value: bigint | Buffer }> {
  const reader = new Reader(data);
  while (!reader.done) {
    const tag = Number(reader.varint());
    const wire = tag & 7;
    if (wire === 0) yield { id: tag >>> 3, value: reader.varint() };
    else if (wire === 2) yield { id: tag >>> 3, value: reader.bytes() };
    else reader.skip(wire);
  }
}

const scalar = (type: string, value: bigint | Buffer): unknown => {
  if (type === 'int' || type === 'bool') {
    if (typeof value !== 'bigint') throw broken();
    return type === 'bool' ? value !== 0n : Number(value);
  }
  if (typeof value === 'bigint') throw broken();
  if (type === 'bytes') return value.toString('base64');
  if (type === 'string') return value.toString('utf8');
  return messageOf(type, value);
};

const messageOf = (name: string, data: Buffer): unknown => {
  const message = messages[name];
  if (!message) throw broken();
  const object = decode(message, data);
  if (name === 'Quantity') return object['string'] ?? '0';
  if (name === 'IntOrString') return object['type'] === 1 ? (object['strVal'] ?? '') : (object['intVal'] ?? 0);
  return object;
};

/** Go writes empty fields too; they are left out as `omitempty` does in JSON. */
const isZero = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

const decode = (message: Message, data: Buffer): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  for (const { id, value } of fieldsOf(data)) {
    const field = message[id];
    if (!field) continue;
    if (field.type.startsWith('map:')) addEntry(result, field, value);
    else if (field.repeated) {
      const list = (result[field.name] ??= []) as unknown[];
      list.push(scalar(field.type, value));
    } else {
      const read = scalar(field.type, value);
      if (field.optional || !isZero(read)) result[field.name] = read;
    }
  }
  return result;
};

const addEntry = (result: Record<string, unknown>, field: Field, value: bigint | Buffer): void => {
  if (typeof value === 'bigint') throw broken();
  const map = (result[field.name] ??= {}) as Record<string, unknown>;
  const entry: { key: string; value: unknown } = { key: '', value: '' };
  for (const part of fieldsOf(value)) {
    if (part.id === 1) entry.key = String(scalar('string', part.value));
    if (part.id === 2) entry.value = scalar(field.type.slice('map:'.length), part.value);
  }
  if (entry.key === '__proto__') throw badRequest('"__proto__" is no valid field name');
  map[entry.key] = entry.value;
};

/** Reads `application/vnd.kubernetes.protobuf` (runtime.Unknown around the object) of the core kinds that kubectl sends so. */
export const readProtobuf = (body: Buffer): Record<string, unknown> => {
  if (!body.subarray(0, 4).equals(magic)) throw badRequest('the body does not begin like a Kubernetes protobuf');
  const type: Record<number, string> = {};
  let raw = Buffer.alloc(0);
  for (const { id, value } of fieldsOf(body.subarray(4))) {
    if (id === 2 && typeof value !== 'bigint') raw = Buffer.from(value);
    if (id !== 1 || typeof value === 'bigint') continue;
    for (const part of fieldsOf(value)) type[part.id] = String(scalar('string', part.value));
  }
  const [apiVersion = '', kind = ''] = [type[1], type[2]];
  const message =
    Object.hasOwn(messages, kind) && /^(?:v1|auth\w+\.k8s\.io\/v1)$/.test(apiVersion) ? messages[kind] : undefined;
  if (!message) throw new StatusError(415, 'UnsupportedMediaType', `${apiVersion} ${kind} is not served as protobuf - accepted media types include: application/json, application/yaml`); // prettier-ignore
  return { apiVersion, kind, ...decode(message, raw) };
};
