import { z } from 'zod';
import type { BoxLogs } from '../../../../contract/box/upkeep.ts';
import { asProblem } from '../../../../contract/problem.ts';
import type { Problem } from '../../../../contract/problem.ts';
import type { Redactor } from '../../../redact/redact.ts';
import { withoutSecrets } from './log-secrets.ts';
import type { Run } from './parts.ts';

export interface JournalQuery {
  /** How many of the last lines. */
  lines: number;
  unit?: string;
  /** A boot id, or an offset as of `journalctl -b`; all boots that the journal holds unless told. */
  boot?: string;
  /** 30 s unless told. */
  timeoutMs?: number;
  /** Bytes of text in the answer; 4 MiB unless told. The newest lines are kept. */
  limit?: number;
  redactor?: Redactor;
}

/** A line of `journalctl -o json`: values are texts, arrays of bytes where they are no text, null where they are huge. */
const value = z.union([z.string(), z.array(z.number()), z.null(), z.array(z.string())]).optional();
const entrySchema = z.looseObject({
  __REALTIME_TIMESTAMP: z.string(),
  MESSAGE: value,
  _SYSTEMD_UNIT: value,
  UNIT: value,
  SYSLOG_IDENTIFIER: value,
  _TRANSPORT: value,
});
const longestLine = 4000;

/** One line of the journal; undefined when it is none. Pure. */
export function parseEntry(line: string): BoxLogs['lines'][number] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  const entry = entrySchema.safeParse(parsed).data;
  if (!entry) return undefined;
  // Microseconds since 1970.
  const at = new Date(Number(entry.__REALTIME_TIMESTAMP) / 1000);
  if (Number.isNaN(at.getTime())) return undefined;
  const unit =
    plain(entry.UNIT) || plain(entry._SYSTEMD_UNIT) || plain(entry.SYSLOG_IDENTIFIER) || plain(entry._TRANSPORT);
  return { at: at.toISOString(), unit, text: plain(entry.MESSAGE).slice(0, longestLine) };
}
function plain(from: z.infer<typeof value>): string {
  if (typeof from === 'string') return from;
  if (!Array.isArray(from)) return '';
  const [first] = from;
  const text = typeof first === 'number' ? Buffer.from(from as number[]).toString('utf8') : from.join('\n');
  // Escape sequences of terminals and other control letters: nobody's screen is to obey a log.
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001B\[[\d;?]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F]/g, ' ');
}

/**
 * The last lines of the journal, oldest first, without secrets. Never throws for what the journal is like: what went wrong
 * stands in `problem` beside the lines that could be read.
 */
export async function readJournal(run: Run, query: JournalQuery): Promise<BoxLogs> {
  const argv = ['journalctl', '-o', 'json', '--no-pager', '--quiet', '-n', String(query.lines)];
  if (query.unit !== undefined) argv.push(`--unit=${query.unit}`);
  if (query.boot !== undefined) argv.push(`--boot=${query.boot}`);
  const entries: BoxLogs['lines'] = [];
  let problem: Problem | undefined;
  try {
    const result = await run(argv, {
      timeoutMs: query.timeoutMs ?? 30_000,
      graceMs: 1000,
      onLine: (line) => {
        const entry = parseEntry(line);
        if (entry) entries.push(entry);
      },
    });
    if (result.timedOut) problem = { ...unread, detail: 'The journal took too long to read; these are its lines so far.' };
    else if (result.code !== 0) problem = { ...unread, detail: `journalctl ended with ${result.code ?? 'a signal'}.`, output: result.stderr.trim().split('\n').slice(-5) }; // prettier-ignore
  } catch (error) {
    problem = asProblem(error);
  }
  return {
    lines: withoutSecrets(newest(entries, query.limit ?? 4 * 1024 * 1024), query.redactor),
    ...(problem && { problem }),
  };
}
const unread = {
  code: 'journal-unreadable',
  title: 'The journal could not be read whole',
  cause: 'The disk is slow or the journal is damaged.',
  fix: 'Ask for fewer lines. A damaged journal is set aside by itself at the next start.',
  kind: 'failed',
} as const;

/** As many of the last lines as fit. Pure. */
function newest(entries: BoxLogs['lines'], limit: number): BoxLogs['lines'] {
  let size = 0;
  let first = entries.length;
  while (first > 0) {
    size += Buffer.byteLength(entries[first - 1]?.text ?? '') + 64;
    if (size > limit) break;
    first -= 1;
  }
  return entries.slice(first);
}
