import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { commandEntrySchema } from '../../contract/commands.ts';
import type { CommandEntry, CommandRequest, ReplayResult } from '../../contract/commands.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { openJsonLines } from '../json-lines.ts';
import type { Log } from '../log.ts';
import { createRedactor } from '../redact/redact.ts';
import type { Redactor } from '../redact/redact.ts';
import type { SentRequest } from '../target/acting.ts';
import type { KubeClient } from '../target/client.ts';
import { createLiveList } from '../target/live-list.ts';
import { asPatch } from './merge-patch.ts';
import { placeOf } from './path.ts';
import { render } from './render.ts';

/** What one click asks of the target, told while it happens and after (by a Task that it began). */
export interface Click {
  what: string;
  procedure: string;
  object: CommandEntry['object'];
  target: CommandEntry['target'];
}
export interface Commands {
  /** Where the requests of one click are told. The list has it from the first one on. */
  begin(click: Click): (request: SentRequest) => void;
  entries(): CommandEntry[];
  watch(signal: AbortSignal): AsyncIterable<ListUpdate<CommandEntry>>;
  replay(id: string, client: KubeClient): Promise<ReplayResult[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

const keep = 300;
/** Requests of one click, and bytes of one manifest, that are kept. */
const mostRequests = 100;
const largest = 64 * 1024;
const maxBytes = 8 * 1024 * 1024;
/** Milliseconds that more requests of a click are waited for before it is written. */
const settle = 500;

/** What was sent, as far as it held no secret: enough to send it again after a restart. */
const wireSchema = z.object({
  method: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  contentType: z.string().optional(),
  body: z.unknown(),
});
const lineSchema = commandEntrySchema.extend({ wire: z.array(wireSchema.nullable()) });
type Line = z.infer<typeof lineSchema>;

const notKept = 'It held secrets, which are not kept on disk: only the Hearth that sent it can run it again.';

export async function openCommands(options: { path: string; log: Log }): Promise<Commands> {
  const lines = await openJsonLines({ path: options.path, schema: lineSchema, maxBytes, log: options.log });
  const list = createLiveList<CommandEntry>();
  /** Bodies as they were sent: in memory alone, for running them again. */
  const sent = new Map<string, (SentRequest | null)[]>();
  const timers = new Map<string, NodeJS.Timeout>();
  const order: string[] = [];
  const put = (entry: CommandEntry): void => {
    if (!list.get(entry.id)) order.push(entry.id);
    list.set(entry.id, entry);
    for (const old of order.splice(0, Math.max(0, order.length - keep))) {
      list.delete(old);
      sent.delete(old);
    }
  };
  // An entry is written again when it grew: the last line of an id counts.
  for (const { wire, ...entry } of lines.kept) {
    put(afterRestart(entry, wire));
    sent.set(entry.id, wire.map((each) => each && { ...each, body: each.body, streamed: false, contentType: each.contentType })); // prettier-ignore
  }
  list.ready();
  const write = (id: string): Promise<void> => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    const entry = list.get(id);
    return entry ? lines.append({ ...entry, wire: wireOf(entry, sent.get(id) ?? []) }) : Promise.resolve();
  };
  return {
    begin(click) {
      const id = randomUUID();
      const at = new Date().toISOString();
      return (told) => {
        const request = asPatch(told);
        const kept = sent.get(id) ?? [];
        if (kept.length >= mostRequests) return;
        sent.set(id, [...kept, request]);
        const before = list.get(id);
        const { object, ...rest } = click;
        put({
          id,
          at,
          ...rest,
          ...(object && { object }),
          requests: [...(before?.requests ?? []), shown(request, told)],
        });
        if (!timers.has(id)) timers.set(id, setTimeout(() => void write(id), settle).unref());
      };
    },
    entries: () => list.values(),
    watch: (signal) => list.watch(signal),
    async replay(id, client) {
      const entry = list.get(id);
      if (!entry) throw new ProblemError({ code: 'not-found', title: 'No such commands', detail: 'They are not on the list any more.' }); // prettier-ignore
      const requests = sent.get(id);
      const worked = entry.requests.filter(({ result }) => result === 'ok');
      const cannot = worked.find(({ notReplayable }) => notReplayable !== undefined);
      if (!requests || cannot || worked.length === 0)
        throw new ProblemError({
          code: 'not-replayable',
          title: 'These cannot be run again from here',
          detail: cannot?.notReplayable ?? 'None of them worked then.',
          fix: 'Copy the commands, put your own values where [redacted] stands, and run them in a terminal.',
          kind: 'denied',
        });
      return replay(
        requests.filter((request, n) => request !== null && entry.requests[n]?.result === 'ok'),
        client,
      );
    },
    async clear() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      for (const id of order.splice(0)) list.delete(id);
      sent.clear();
      await lines.clear();
    },
    async close() {
      await Promise.all([...timers.keys()].map(write));
      await lines.close();
    },
  };
}

const afterRestart = (entry: CommandEntry, wire: Line['wire']): CommandEntry => ({
  ...entry,
  requests: entry.requests.map((request, n) =>
    wire[n] || request.notReplayable || request.result !== 'ok' ? request : { ...request, notReplayable: notKept },
  ),
});

/** What may lie on the disk: nothing that held a secret, no bytes of a file. */
const wireOf = ({ requests }: CommandEntry, sent: readonly (SentRequest | null)[]): Line['wire'] =>
  requests.map((shown, n) => {
    const request = sent[n];
    if (!request || shown.redacted || request.streamed || request.body instanceof Uint8Array) return null;
    const { method, path, query, contentType, body } = request;
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    return { method, path, query: Object.fromEntries(given), body, ...(contentType && { contentType }) };
  });

/** A request as the list shows it: no secret in it. A change alone does not tell all that is secret; `told` may. */
function shown(request: SentRequest, told: SentRequest): CommandRequest {
  const redactor = createRedactor();
  redactor.learn(told.body);
  redactor.learn(told.was);
  const body = request.body instanceof Uint8Array ? request.body : withoutSecrets(request, redactor);
  const rendered = render({ ...request, body });
  const redacted = redactor.count > 0;
  const { line, plain, manifest } = rendered;
  const cut = line.length > largest;
  return {
    request: redactor.text(`${request.method} ${request.path}`),
    line: cut ? `# ${request.method} ${request.path}: too long to be shown` : line,
    ...(plain !== undefined && { plain }),
    ...(manifest !== undefined && !cut && { manifest }),
    redacted,
    result: request.error === undefined ? 'ok' : asProblem(request.error).code,
    ...(request.streamed && { notReplayable: 'It sent the bytes of a file, which are gone.' }),
  };
}

/** A patch of a Secret does not say that it is one: its path does. */
function withoutSecrets({ method, path, body }: SentRequest, redactor: Redactor): unknown {
  const secret = method === 'PATCH' && placeOf(path)?.plural === 'secrets' && typeof body === 'object' && !Array.isArray(body); // prettier-ignore
  if (!secret) return redactor.object(body);
  const { kind: _kind, ...rest } = redactor.object({ kind: 'Secret', ...body });
  return rest;
}

async function replay(requests: readonly (SentRequest | null)[], client: KubeClient): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  for (const sent of requests) {
    if (!sent) continue;
    const { method, path, query, body, contentType } = sent;
    const request = `${method} ${path}`;
    try {
      await client.bytes(method, path, { query: { ...query }, body: fresh(body), ...(contentType && { contentType }) });
      results.push({ request });
    } catch (problem) {
      results.push({ request, problem: asProblem(problem) });
      break;
    }
  }
  return results;
}

/** The uid and version of an object of then would never fit one of now. */
function fresh(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || body instanceof Uint8Array) return body;
  const { preconditions: _preconditions, ...rest } = body as Record<string, unknown>;
  const metadata = rest['metadata'];
  if (typeof metadata !== 'object' || metadata === null) return rest;
  const { resourceVersion: _version, uid: _uid, ...kept } = metadata as Record<string, unknown>;
  return { ...rest, metadata: kept };
}
