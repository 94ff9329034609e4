const [quote, backslash, comma, braceOpen, braceClose, bracketOpen, bracketClose] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d]; // prettier-ignore
const itemsKey = Buffer.from('"items"');
const metadataKey = Buffer.from('"metadata"');
const managedKey = Buffer.from('"managedFields"');

/** Of an object, as bytes: from where to where. */
interface Cut {
  from: number;
  to: number;
}

/**
 * Takes the JSON of a Kubernetes list as it comes and hands out each of its items by itself: a page of hundreds of machines is
 * never in memory as a whole, and what is parsed of one is dropped before the next. managedFields, half of an object's text, are
 * not parsed at all.
 */
export class ListReader {
  readonly #item: (item: unknown) => void;
  /** Bytes that belong to the item (or to the head) that is not complete yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** What is around the items, without them. */
  #head = '';
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  #stringFrom = 0;
  /** The last string at the depth of the list's own keys, of an item's keys, and of its metadata's keys. */
  #listKey = false;
  #inMetadata = false;
  #managed: Cut | undefined;
  #cut: Cut | undefined;
  #itemFrom = 0;
  #headFrom = 0;

  constructor(item: (item: unknown) => void) {
    this.#item = item;
  }

  /** More of the list's bytes. Throws SyntaxError for an item that is no JSON. */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#scan();
    // What was handed out goes; positions move with it.
    const keep = this.#inItems && this.#depth < 3 ? this.#at : this.#inItems ? this.#itemFrom : this.#headFrom;
    if (keep === 0) return;
    this.#rest = this.#rest.subarray(keep);
    this.#at -= keep;
    this.#itemFrom -= keep;
    this.#headFrom -= keep;
    this.#stringFrom -= keep;
    for (const range of [this.#managed, this.#cut])
      if (range) {
        range.from -= keep;
        range.to -= keep;
      }
  }

  /** What is around the items: the list without them. Throws SyntaxError when it ended too early. */
  end(): unknown {
    return JSON.parse(this.#head + this.#rest.toString('utf8', this.#headFrom));
  }

  #scan(): void {
    const bytes = this.#rest;
    const { length } = bytes;
    let at = this.#at;
    let inString = this.#inString;
    while (at < length) {
      if (inString) {
        // Most bytes are in strings.
        let byte = 0;
        if (this.#escaped) {
          this.#escaped = false;
          at += 1;
        }
        while (at < length && (byte = bytes[at] as number) !== quote && byte !== backslash) at += 1;
        if (at >= length) break;
        if (byte === backslash) this.#escaped = true;
        else {
          inString = false;
          if (this.#depth < 5) this.#string(bytes, at + 1);
        }
      } else {
        const byte = bytes[at];
        if (byte === quote) {
          inString = true;
          this.#stringFrom = at;
        } else if (byte === braceOpen || byte === bracketOpen) this.#open(byte, at);
        else if (byte === braceClose || byte === bracketClose) this.#close(bytes, at);
        else if (byte === comma && this.#depth === 3 && this.#inItems) this.#inMetadata = false;
      }
      at += 1;
    }
    this.#inString = inString;
    this.#at = at;
  }

  /** A string ended: a key or a value. */
  #string(bytes: Buffer, to: number): void {
    const is = (key: Buffer): boolean =>
      to - this.#stringFrom === key.length && bytes.compare(key, 0, key.length, this.#stringFrom, to) === 0;
    if (!this.#inItems) {
      if (this.#depth === 1) this.#listKey = is(itemsKey);
    } else if (this.#depth === 3) this.#inMetadata = is(metadataKey);
    else if (this.#depth === 4 && this.#inMetadata)
      this.#managed = is(managedKey) ? { from: this.#stringFrom, to: -1 } : undefined;
  }

  #open(byte: number, at: number): void {
    this.#depth += 1;
    if (!this.#inItems) {
      if (byte !== bracketOpen || this.#depth !== 2 || !this.#listKey) return;
      this.#inItems = true;
      this.#head += this.#rest.toString('utf8', this.#headFrom, at + 1);
    } else if (this.#depth === 3) {
      this.#itemFrom = at;
      this.#inMetadata = false;
      this.#managed = undefined;
      this.#cut = undefined;
    }
  }

  #close(bytes: Buffer, at: number): void {
    this.#depth -= 1;
    if (!this.#inItems) return;
    if (this.#depth === 1) {
      this.#inItems = false;
      this.#listKey = false;
      this.#headFrom = at;
    } else if (this.#depth === 2) this.#item(JSON.parse(this.#textOf(bytes, at + 1)));
    else if (this.#depth === 4 && this.#managed && this.#inMetadata) {
      this.#cut = { from: this.#managed.from, to: at + 1 };
      this.#managed = undefined;
    }
  }

  /** An item's JSON without its managedFields, and without the comma that parted them from what is beside. */
  #textOf(bytes: Buffer, to: number): string {
    if (!this.#cut) return bytes.toString('utf8', this.#itemFrom, to);
    const before = bytes.toString('utf8', this.#itemFrom, this.#cut.from).trimEnd();
    const after = bytes.toString('utf8', this.#cut.to, to).trimStart();
    if (after.startsWith(',')) return before + after.slice(1);
    return (before.endsWith(',') ? before.slice(0, -1) : before) + after;
  }
}
