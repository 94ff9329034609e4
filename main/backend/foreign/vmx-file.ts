const line = /^\s*(\.?[\w.:-]+)\s*=\s*(?:"([^"]*)"|([^"#]*?))\s*(?:#.*)?$/;

/** Settings of a .vmx by their name in small letters (VMware does not tell them apart); the last one of a name counts. */
export class Vmx {
  private readonly values = new Map<string, string>();
  constructor(text: string) {
    for (const each of text.split(/\r\n?|\n/)) {
      const [, key, quoted, bare] = line.exec(each) ?? [];
      if (key === undefined) continue;
      // VMware writes what would end the value or the line as | and two hexadecimal digits.
      const value = (quoted ?? bare ?? '').replaceAll(/\|([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))); // prettier-ignore
      this.values.set(key.toLowerCase(), value.trim());
    }
  }
  get size(): number {
    return this.values.size;
  }
  /** A value that is there and not empty. */
  text(key: string): string | undefined {
    return this.values.get(key.toLowerCase()) || undefined;
  }
  is(key: string): boolean {
    return /^(true|yes|on|1)$/i.test(this.text(key) ?? '');
  }
  no(key: string): boolean {
    return /^(false|no|off|0)$/i.test(this.text(key) ?? '');
  }
  /** The devices `NAMEn` that are present, by their number. */
  present(pattern: RegExp): string[] {
    return [...this.values.keys()].flatMap((key) => {
      const device = key.endsWith('.present') ? key.slice(0, -'.present'.length) : '';
      return pattern.test(device) && this.is(key) ? [device] : [];
    });
  }
}
