/** One section of facts.sh: its lines and the exit code of what printed them. */
export interface Section {
  readonly lines: readonly string[];
  readonly code: number;
}

/**
 * The sections of what facts.sh printed, by name. Whatever stands around them (a greeting of the other computer's shell,
 * a cut-off end) is passed over; nothing throws. `complete`: the last line arrived.
 */
export function readSections(text: string): { sections: ReadonlyMap<string, Section>; complete: boolean } {
  const sections = new Map<string, Section>();
  let open: { name: string; lines: string[] } | undefined;
  let complete = false;
  for (const raw of text.split('\n')) {
    const line = printable(raw);
    const begin = /^@begin ([a-z0-9_]+)$/.exec(line);
    const end = /^@end ([a-z0-9_]+) (\d+)$/.exec(line);
    if (begin?.[1] !== undefined) open = { name: begin[1], lines: [] };
    else if (end && open && end[1] === open.name) {
      sections.set(open.name, { lines: open.lines, code: Number(end[2]) });
      open = undefined;
    } else if (line === '@done') complete = true;
    else if (open && line.startsWith(' ') && line.trim() !== '') open.lines.push(line.slice(1).trimEnd());
  }
  // A section that was cut off is still worth what it says.
  if (open) sections.set(open.name, { lines: open.lines, code: -1 });
  return { sections, complete };
}

/** Without control characters: these lines are shown to people. */
function printable(line: string): string {
  let text = '';
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0;
    text += code === 9 || (code >= 32 && code !== 127 && !(code >= 128 && code < 160)) ? character : '';
  }
  return text;
}

/** Reads sections by name; a missing one is empty. */
export class Sections {
  readonly complete: boolean;
  readonly #sections: ReadonlyMap<string, Section>;
  constructor(text: string) {
    const { sections, complete } = readSections(text);
    this.#sections = sections;
    this.complete = complete;
  }
  lines(name: string): readonly string[] {
    return this.#sections.get(name)?.lines ?? [];
  }
  ok(name: string): boolean {
    return this.#sections.get(name)?.code === 0;
  }
  has(name: string): boolean {
    return this.#sections.has(name);
  }
  /** The value after `key=`; undefined when it is not there or empty. */
  value(name: string, key: string): string | undefined {
    return this.values(name, key)[0];
  }
  values(name: string, key: string): string[] {
    return this.lines(name)
      .filter((line) => line.startsWith(`${key}=`))
      .map((line) => line.slice(key.length + 1).trim())
      .filter((value) => value !== '');
  }
  yes(name: string, key: string): boolean {
    return this.value(name, key) === 'yes';
  }
  /** Lines that match, for the evidence of a finding; at most `limit`. */
  evidence(name: string, pattern: RegExp = /./, limit = 8): string[] {
    return this.lines(name)
      .filter((line) => pattern.test(line))
      .slice(0, limit)
      .map((line) => (line.length > 200 ? `${line.slice(0, 197)}...` : line).replaceAll('\t', '  '));
  }
}
