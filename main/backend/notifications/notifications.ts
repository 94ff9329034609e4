import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ContractHandlers } from '../../contract/contract.ts';
import {
  notificationEvents,
  notificationEventSchema,
  notificationSchema,
  thresholdsSchema,
} from '../../contract/notifications.ts';
import type {
  Notification,
  NotificationEvent,
  NotificationSettings,
  Thresholds,
} from '../../contract/notifications.ts';
import { ProblemError } from '../../contract/problem.ts';
import { readJson, writeJson } from '../json-file.ts';
import { openJsonLines } from '../json-lines.ts';
import type { Log } from '../log.ts';
import { redactText } from '../redact/text.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { SpaceHistory } from '../metrics/space.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { watchComputer, watchTarget, watchTasks } from './watching.ts';
import type { Measures } from './watching.ts';
import type { Sign } from './signs.ts';
import { createWebhook } from './webhook.ts';
import { monotonic } from '../../contract/monotonic.ts';

const events = z.array(notificationEventSchema.catch('task-failed'));
const all = [...notificationEvents];
const grave = all.filter((event) => event !== 'task-ended');
/** Those that a file of before does not know: they are told as where nobody chose. */
const firstKnown = all.filter((event) => !['schedule-trouble', 'memory-nearly-full', 'certificate-ending', 'disk-filling'].includes(event)); // prettier-ignore
const fileSchema = z.object({
  version: z.literal(1),
  /** What could be chosen when it was written. */
  known: events.default(firstKnown),
  app: events.default(all),
  desktop: events.default(grave),
  webhook: z
    .object({ url: z.string().default(''), events: events.default(grave), secret: z.string().default('') })
    .default({ url: '', events: grave, secret: '' }),
  thresholds: thresholdsSchema.prefault({}),
});

/** What can be told since the file was written is told. Pure. */
function withNew(file: z.infer<typeof fileSchema>): z.infer<typeof fileSchema> {
  const fresh = all.filter((event) => !file.known.includes(event));
  const more = (chosen: NotificationEvent[]): NotificationEvent[] => [...new Set([...chosen, ...fresh])];
  return {
    ...file,
    known: all,
    app: more(file.app),
    desktop: more(file.desktop),
    webhook: { ...file.webhook, events: more(file.webhook.events) },
  };
}

export interface Notifications {
  readonly handlers: ContractHandlers['notifications'];
  latest(): Notification[];
  /** The webhook's key and address, for those who must leave them out of what they show. */
  secrets(): string[];
  /** Targets that are open now: call it when they may have changed. */
  targets(open: readonly OpenTarget[]): void;
  close(): Promise<void>;
}

/** How many are kept and shown. */
const keep = 50;
/** Milliseconds in which the same is not told twice, even when it ended in between (a machine that flaps). */
const quiet = 10 * 60_000;

export async function openNotifications(options: {
  file: string;
  history: string;
  /** Folder whose disk is watched. */
  disk: string;
  tasks: Tasks;
  log: Log;
  /** Seconds between the tries of a message to the webhook. */
  waits?: readonly number[];
  /** What is seen of the disk goes there, and is told when it fills soon. */
  space?: SpaceHistory;
  /** For tests: in place of the computer's own, and milliseconds between two looks. */
  measures?: Measures;
  everyMs?: number;
}): Promise<Notifications> {
  const { log, tasks } = options;
  let settings = withNew(
    (await readJson(options.file, fileSchema, log)) ?? fileSchema.parse({ version: 1, known: all }),
  );
  const lines = await openJsonLines({ path: options.history, schema: notificationSchema, maxBytes: 512 * 1024, log });
  const latest: Notification[] = lines.kept.slice(-keep);
  const over = new AbortController();
  const readers = new Set<(notification: Notification) => void>();
  const webhook = createWebhook({
    target: () => settings.webhook,
    changed: () => shown.set(view()),
    log,
    ...(options.waits && { waits: options.waits }),
  });
  const view = (): NotificationSettings => ({
    app: settings.app,
    desktop: settings.desktop,
    webhook: { url: settings.webhook.url, events: settings.webhook.events, signed: settings.webhook.secret !== '' },
    thresholds: settings.thresholds,
    deliveries: webhook.deliveries(),
  });
  const thresholds = createLiveValue<Thresholds>(settings.thresholds);
  const shown = createLiveValue<NotificationSettings>(view());

  const make = ({ key: _key, ...sign }: Sign): Notification => ({
    ...sign,
    id: randomUUID(),
    at: new Date().toISOString(),
    title: redactText(sign.title),
    detail: redactText(sign.detail),
  });
  function publish(sign: Sign): void {
    const notification = make(sign);
    latest.push(notification);
    latest.splice(0, Math.max(0, latest.length - keep));
    void lines.append(notification);
    for (const read of readers) read(notification);
    if (settings.webhook.url && settings.webhook.events.includes(notification.event)) webhook.send(notification);
  }
  /** Source -> keys that are true of it now; key -> when it was told. */
  const current = new Map<string, ReadonlySet<string>>();
  const told = new Map<string, number>();
  const tell = (source: string, signs: readonly Sign[]): void => {
    const before = current.get(source);
    const now = monotonic();
    if (signs.length === 0) current.delete(source);
    else current.set(source, new Set(signs.map(({ key }) => key)));
    for (const [key, at] of told) if (now - at > quiet) told.delete(key);
    for (const sign of signs) {
      if (before?.has(sign.key) || told.has(sign.key)) continue;
      told.set(sign.key, now);
      publish(sign);
    }
  };
  const failed = (error: unknown): void => log.error({ err: error }, 'something is not watched for notifications');
  watchTasks(tasks, tell, over.signal).catch(failed);
  const watched = new Map<OpenTarget, () => void>();
  watchComputer({
    path: options.disk, thresholds, targets: () => watched.keys(), tell, log, signal: over.signal,
    ...(options.space && { space: options.space }), ...(options.measures && { measures: options.measures }), ...(options.everyMs && { everyMs: options.everyMs }),
  }).catch(failed); // prettier-ignore

  return {
    latest: () => [...latest],
    secrets: () => [settings.webhook.secret, settings.webhook.url].filter(Boolean),
    targets(open) {
      for (const [target, stop] of watched)
        if (!open.includes(target)) {
          watched.delete(target);
          stop();
        }
      for (const target of open) if (!watched.has(target)) watched.set(target, watchTarget(target, tell, log));
    },
    handlers: {
      async *watch(_input, { signal }) {
        let waiting: Notification[] = [];
        let wake: (() => void) | undefined;
        const read = (notification: Notification): void => {
          waiting.push(notification);
          wake?.();
        };
        const stop = (): void => wake?.();
        readers.add(read);
        signal.addEventListener('abort', stop);
        try {
          yield [...latest];
          while (!signal.aborted) {
            if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
            else {
              const batch = waiting;
              waiting = [];
              yield batch;
            }
          }
        } finally {
          readers.delete(read);
          signal.removeEventListener('abort', stop);
        }
      },
      settings: (_input, { signal }) => shown.watch(signal),
      async update({ app, desktop, thresholds: limits, webhook: hook }) {
        const given = <T extends object>(some: T | undefined): Partial<T> =>
          Object.fromEntries(Object.entries(some ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
        const next = fileSchema.parse({
          version: 1,
          known: all,
          app: app ?? settings.app,
          desktop: desktop ?? settings.desktop,
          webhook: { ...settings.webhook, ...given(hook) },
          thresholds: { ...settings.thresholds, ...given(limits) },
        });
        await writeJson(options.file, next);
        settings = next;
        if (limits) thresholds.set(next.thresholds);
        shown.set(view());
      },
      test() {
        if (!settings.webhook.url)
          throw new ProblemError({
            code: 'no-webhook',
            title: 'There is no webhook yet',
            detail: 'No address is set.',
            fix: 'Set the address first.',
            kind: 'denied',
          });
        const sign: Sign = { key: 'test', event: 'task-ended', tone: 'ok', title: 'Hearth says hello', detail: 'This is a test: messages arrive here.' }; // prettier-ignore
        return webhook.now(make(sign));
      },
    },
    async close() {
      over.abort();
      for (const stop of watched.values()) stop();
      watched.clear();
      await webhook.close();
      await lines.close();
    },
  };
}
