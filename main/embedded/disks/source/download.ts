import type { IncomingMessage } from 'node:http';
import type { StatusWriter } from '../datavolume/status.ts';
import { requireSpace } from '../files.ts';
import { Refusal } from '../refusal.ts';
import type { Expected } from './digest.ts';
import { Part } from './part.ts';
import type { Origin } from './part.ts';
import { asRefusal, get } from './request.ts';
import { Tee } from './tee.ts';

export interface DownloadOptions {
  work: string;
  signal: AbortSignal;
  expected: Expected | undefined;
  status: StatusWriter;
  headers: Record<string, string>;
  ca?: string;
  limit?: number;
}
export interface Downloaded {
  file: string;
  id: string;
  unpacked: boolean;
}

/** Bytes that are written and hashed at once. */
const pieceSize = 2 ** 20;

/** One content on its way in, over as many connections as it takes. */
export class Download {
  private readonly options: DownloadOptions;
  private readonly part: Part;
  private tee: Tee;
  /** What is in the part file has gone through the tee. */
  private seen = false;
  /** Bytes were put together without the server's word that they belong together. */
  private patched = false;
  private completed = false;
  /** Bytes taken from the network by this process. */
  received = 0;
  private readonly started = performance.now();

  private constructor(options: DownloadOptions, part: Part) {
    this.options = options;
    this.part = part;
    this.tee = new Tee(options.expected, options);
  }

  static async open(options: DownloadOptions): Promise<Download> {
    return new Download(options, await Part.open(options.work));
  }

  /** Goes on where the last one ended. Throws Refusal; with `retry` the next attempt goes on from there. */
  async attempt(url: string): Promise<Downloaded> {
    await this.catchUp(url);
    const from = this.part.length;
    const total = this.part.origin?.total;
    if (from === 0 || from !== total) {
      const response = await get(url, {
        ...this.options,
        verified: this.options.expected !== undefined,
        headers: { ...this.options.headers, ...this.range() },
      });
      try {
        if (await this.begin(url, response)) await this.take(response, new URL(url));
      } finally {
        response.destroy();
      }
    }
    return this.complete();
  }

  /** Forgets all bytes: the next attempt begins anew. */
  async discard(): Promise<void> {
    await this.tee.abandon();
    this.tee = new Tee(this.options.expected, this.options);
    this.seen = true;
    this.patched = false;
    await this.part.restart();
  }

  async close(): Promise<void> {
    await this.part.abandon();
    if (!this.completed) await this.tee.abandon();
  }

  /** Decides whether the bytes of an earlier attempt can stay, and hashes (and unpacks) them if this process has not. */
  private async catchUp(url: string): Promise<void> {
    const { origin } = this.part;
    const same = origin !== undefined && origin.url === url && validator(origin) !== undefined;
    if (this.part.length > 0 && !same) {
      if (this.options.expected) this.patched = true;
      else await this.discard();
    }
    if (this.seen) return;
    this.tee.expect(this.part.origin?.total);
    await this.part.replay((chunk) => {
      this.options.signal.throwIfAborted();
      return this.tee.push(chunk);
    });
    this.seen = true;
  }

  private range(): Record<string, string> {
    const { length, origin } = this.part;
    if (length === 0) return {};
    const known = origin && validator(origin);
    return { range: `bytes=${length}-`, ...(known === undefined || this.patched ? {} : { 'if-range': known }) };
  }

  /** Looks at the answer's head. False when nothing is missing any more. */
  private async begin(url: string, response: IncomingMessage): Promise<boolean> {
    const from = this.part.length;
    const status = response.statusCode ?? 0;
    const size = contentRange(response);
    if (status === 416 && from > 0) {
      const promised = this.part.origin?.total ?? from;
      if (size?.total === from && (promised === from || this.options.expected)) return false;
      await this.discard();
      throw new Refusal(
        'ServerConfused',
        `${new URL(url).host} has fewer bytes of the file than it said. The download begins anew.`,
        { retry: true },
      );
    }
    if (status !== 200 && status !== 206) throw httpStatus(url, status, response.headers['retry-after']);
    if (
      from > 0 &&
      (status === 200 ||
        size?.start !== from ||
        (this.part.origin?.total !== undefined && size.total !== undefined && size.total !== this.part.origin.total))
    )
      await this.discard();
    if (status === 206 && size?.start !== this.part.length)
      throw new Refusal(
        'ServerConfused',
        `${new URL(url).host} sent another part of the file than was asked for. The download begins anew.`,
        { retry: true },
      );
    const length = response.headers['content-length'];
    const total = status === 206 ? size?.total : length === undefined ? undefined : Number(length);
    await requireSpace(this.options.work, Math.max(0, (total ?? 0) - this.part.length), 'The download');
    this.tee.expect(total);
    await this.part.from(originOf(url, response, total));
    return true;
  }

  private async take(response: IncomingMessage, url: URL): Promise<void> {
    const { status } = this.options;
    const total = this.part.origin?.total;
    // Small pieces cost more in turns than in bytes: they are put together, and the next ones come in meanwhile.
    let gathered: Buffer[] = [];
    let size = 0;
    let working: Promise<void> = Promise.resolve();
    const take = async (data: Buffer): Promise<void> => {
      // Writing and hashing side by side: the disk works while the processor does.
      await Promise.all([this.part.append(data), this.tee.push(data)]);
      const rate = (1000 * this.received) / (performance.now() - this.started);
      const done = total ? (0.9 * this.part.length) / total : 0;
      status.progress(done, { done: this.part.length, total, rate });
    };
    const hand = (): void => {
      working = take(gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered, size));
      working.catch(() => undefined); // awaited below
      gathered = [];
      size = 0;
    };
    try {
      for await (const chunk of response) {
        const data = chunk as Buffer;
        this.received += data.length;
        gathered.push(data);
        size += data.length;
        if (size < pieceSize) continue;
        await working;
        hand();
      }
    } catch (error) {
      await working;
      // What came before the break is kept: the next attempt goes on behind it.
      if (size > 0) {
        hand();
        await working;
      }
      this.options.signal.throwIfAborted();
      throw asRefusal(error, url);
    }
    await working;
    if (size > 0) {
      hand();
      await working;
    }
    if (total !== undefined && this.part.length < total)
      throw asRefusal(new Error(`it ended after ${this.part.length} of ${total} bytes`), url);
  }

  private async complete(): Promise<Downloaded> {
    const { id, wrong } = this.tee.digest.finish();
    const { expected } = this.options;
    if (wrong !== undefined && expected) {
      const again = this.patched;
      await this.discard();
      if (again)
        throw new Refusal('ChecksumMismatch', 'The parts of the download do not belong together. It begins anew.', {
          retry: true,
        });
      throw new Refusal(
        'ChecksumMismatch',
        `The download is not what was promised: its ${expected.algorithm} is ${wrong}, but ${expected.hex} was expected. The file was changed, or the checksum is of another one; nothing of it was kept. Compare both with the publisher's page.`,
      );
    }
    const unpacked = await this.tee.finish();
    await this.part.close();
    this.completed = true;
    return { file: unpacked ?? this.part.path, id, unpacked: unpacked !== undefined };
  }
}

/** What a server names a content by: a strong ETag, else the date of its last change. */
const validator = (origin: Origin): string | undefined =>
  origin.etag && !origin.etag.startsWith('W/') ? origin.etag : origin.lastModified;

function originOf(url: string, response: IncomingMessage, total: number | undefined): Origin {
  const { etag, 'last-modified': lastModified } = response.headers;
  return {
    url,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(total === undefined ? {} : { total }),
  };
}

function contentRange(response: IncomingMessage): { start?: number; total?: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  if (!match) return undefined;
  return {
    ...(match[1] === undefined ? {} : { start: Number(match[1]) }),
    ...(match[2] === '*' ? {} : { total: Number(match[2]) }),
  };
}

function httpStatus(url: string, status: number, retryAfter: string | undefined): Refusal {
  const { host } = new URL(url);
  const hints: Record<number, string> = {
    401: 'It asks for a user name and a password.',
    403: 'It does not allow this download.',
    404: 'There is no such file: publishers remove old versions. Look for the present address on their page.',
    410: 'The file was removed. Look for the present address on the publisher’s page.',
  };
  const later = [408, 425, 429].includes(status) || status >= 500;
  const hint =
    hints[status] ??
    (later
      ? `It may work later${retryAfter ? ` (it asks to wait ${retryAfter} seconds)` : ''}; Hearth tries again by itself.`
      : 'Check the address.');
  return new Refusal(`HttpStatus${status}`, `${host} answered ${status}. ${hint}`, { retry: later });
}
