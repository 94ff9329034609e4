import { parse as parseYaml } from 'yaml';

// Ten thousand objects are read at start. A general YAML parser takes about 1 ms for each; the strict subset that we
// write ourselves takes a twentieth of it. Whatever does not look exactly like our own writing goes to the general one.

const plain = /^[A-Za-z_/](?:[\w./@+ -]*[\w./@+-])?$/;
const plainKey = /^[A-Za-z_][\w./@+-]*$/;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Texts of several lines that a literal block gives back byte by byte. */
const literal = /^(?:[^\n\s][^\n]*)(?:\n(?:[^\n\s][^\n]*|[ ]+[^\n\s][^\n]*)?)*$/;
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]/;

const scalar = (value: unknown, indent: string): string => {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (plain.test(value) && !reserved.test(value)) return value;
  const body = value.endsWith('\n') ? value.slice(0, -1) : value;
  if (value.includes('\n') && !unprintable.test(value) && !body.endsWith('\n') && literal.test(body)) {
    const lines = body.split('\n').map((line) => (line ? `${indent}${line}` : ''));
    return `${value.endsWith('\n') ? '|' : '|-'}\n${lines.join('\n')}`;
  }
  return JSON.stringify(value);
};
const keyText = (key: string): string => (plainKey.test(key) && !reserved.test(key) ? key : JSON.stringify(key));

const emit = (value: unknown, indent: string, out: string[], first: string): void => {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (isBlock(item)) {
        if (Array.isArray(item)) {
          out.push(`${first}-`);
          emit(item, `${indent}  `, out, `${indent}  `);
        } else emit(item, `${indent}  `, out, `${first}- `);
      } else out.push(`${first}- ${inline(item, `${indent}  `)}`);
      first = indent;
    }
    return;
  }
  for (const [key, member] of Object.entries(value as Record<string, unknown>)) {
    if (member === undefined) continue;
    if (isBlock(member)) {
      out.push(`${first}${keyText(key)}:`);
      emit(member, `${indent}  `, out, `${indent}  `);
    } else out.push(`${first}${keyText(key)}: ${inline(member, `${indent}  `)}`);
    first = indent;
  }
};
const inline = (value: unknown, indent: string): string => {
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : scalar(value, indent);
};
const isBlock = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) ? value.length > 0 : Object.values(value).some((member) => member !== undefined));

/** An object as YAML in block style: stable, readable, good to diff. */
export const writeYaml = (value: object): string => {
  const out: string[] = [];
  emit(value, '', out, '');
  return `${out.join('\n')}\n`;
};

class NotOurs extends Error {}
const keyLine = /^(?:([A-Za-z_][\w./@+-]*)|("(?:[^"\\]|\\.)*")):(?: (.*))?$/;

class Reader {
  private readonly lines: string[];
  private at = 0;
  constructor(text: string) {
    this.lines = text.split('\n');
    if (this.lines.pop() !== '') throw new NotOurs();
  }
  document(): unknown {
    const value = this.block(0);
    if (this.at !== this.lines.length) throw new NotOurs();
    return value;
  }
  private indentOf(line: string): number {
    let count = 0;
    while (line.charCodeAt(count) === 32) count++;
    return count;
  }
  private block(indent: number): unknown {
    const line = this.lines[this.at];
    if (line === undefined || this.indentOf(line) !== indent) throw new NotOurs();
    const isList = line.startsWith('- ', indent) || line.slice(indent) === '-';
    return isList ? this.list(indent) : this.map(indent);
  }
  private list(indent: number): unknown[] {
    const items: unknown[] = [];
    for (let line = this.lines[this.at]; line !== undefined; line = this.lines[this.at]) {
      if (this.indentOf(line) !== indent || line[indent] !== '-') break;
      const rest = line.slice(indent + 2);
      if (line.length === indent + 1) {
        this.at++;
        items.push(this.block(indent + 2));
      } else if (line[indent + 1] !== ' ') throw new NotOurs();
      else if (keyLine.test(rest)) {
        // "- key: value": the rest of the line is the first line of a map two columns in.
        this.lines[this.at] = `${' '.repeat(indent + 2)}${rest}`;
        items.push(this.map(indent + 2));
      } else {
        this.at++;
        items.push(this.value(rest, indent + 2));
      }
    }
    return items;
  }
  private map(indent: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (let line = this.lines[this.at]; line !== undefined; line = this.lines[this.at]) {
      if (this.indentOf(line) !== indent || line[indent] === '-') break;
      const match = keyLine.exec(line.slice(indent));
      if (!match) throw new NotOurs();
      const key = match[1] ?? (JSON.parse(match[2] ?? '""') as string);
      if (key === '__proto__' || Object.hasOwn(result, key)) throw new NotOurs();
      this.at++;
      result[key] = match[3] === undefined ? this.block(indent + 2) : this.value(match[3], indent + 2);
    }
    return result;
  }
  private value(text: string, indent: number): unknown {
    if (text === '|' || text === '|-') return this.literal(text === '|', indent);
    if (text.startsWith('"')) return JSON.parse(text) as unknown;
    if (text === '{}') return {};
    if (text === '[]') return [];
    if (text === 'true' || text === 'false') return text === 'true';
    if (text === 'null') return null;
    if (number.test(text)) return Number(text);
    if (plain.test(text) && !reserved.test(text)) return text;
    throw new NotOurs();
  }
  private literal(newline: boolean, indent: number): string {
    const lines: string[] = [];
    for (let line = this.lines[this.at]; line !== undefined; line = this.lines[this.at]) {
      if (line !== '' && this.indentOf(line) < indent) break;
      lines.push(line.slice(indent));
      this.at++;
    }
    if (lines.length === 0 || lines[0] === '' || lines.at(-1) === '') throw new NotOurs();
    return `${lines.join('\n')}${newline ? '\n' : ''}`;
  }
}

/** Reads YAML, ours fast, anybody else's properly. Throws on what is no YAML. */
export const readYaml = (text: string): unknown => {
  try {
    return new Reader(text).document();
  } catch {
    // Not in our own hand (edited by a person, or broken): the real parser decides.
    return parseYaml(text, { maxAliasCount: 100 }) as unknown;
  }
};
