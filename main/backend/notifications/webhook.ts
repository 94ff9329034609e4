import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import type { Notification, WebhookDelivery } from '../../contract/notifications.ts';
import type { Log } from '../log.ts';
import { redactText } from '../redact/text.ts';
import { pause } from '../target/live-list.ts';

export interface WebhookTarget {
  url: string;
  /** Empty: not signed. */
  secret: string;
}
export interface Webhook {
  /** Puts a message into the queue; it is tried `waits.length + 1` times. */
  send(notification: Notification): void;
  /** Sends one message now, once. */
  now(notification: Notification): Promise<WebhookDelivery>;
  /** The latest first. */
  deliveries(): WebhookDelivery[];
  close(): Promise<void>;
}

/** Seconds before the second try, the third, ... */
const defaultWaits = [2, 10, 60, 300];
const timeoutMs = 10_000;
const kept = 20;
/** Messages that may wait; a webhook that is away for long must not fill the memory. */
const mostWaiting = 100;

/** The value of `X-Hearth-Signature`: HMAC-SHA-256 of the body as it is sent. Pure. */
export const signature = (body: string, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** The JSON body of a message. `text` is what chat services show. Pure. */
export const bodyOf = (notification: Notification): string =>
  JSON.stringify({
    app: 'Hearth',
    host: hostname(),
    text: `${notification.title}: ${notification.detail}`,
    ...notification,
  });

/** One try. Never rejects. */
async function post(target: WebhookTarget, notification: Notification): Promise<{ status?: number; error?: string }> {
  const body = bodyOf(notification);
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      // Who answers with another address has not taken the message; following it would send it to a stranger.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hearth',
        'x-hearth-event': notification.event,
        'x-hearth-delivery': notification.id,
        ...(target.secret && { 'x-hearth-signature': signature(body, target.secret) }),
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return { status: answer.status };
    return { status: answer.status, error: `It answered ${answer.status} ${answer.statusText}`.trim() };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const text = cause instanceof Error ? cause.message : String(cause);
    return { error: error instanceof Error && error.name === 'TimeoutError' ? 'No answer in 10 s.' : redactText(text) };
  }
}
/** 4xx but "too many" and "too late": another try would be refused as well. */
const hopeless = (status: number | undefined): boolean =>
  status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 425 && status !== 429;

export function createWebhook(options: {
  target: () => WebhookTarget;
  changed: () => void;
  log: Log;
  waits?: readonly number[];
}): Webhook {
  const { log, changed, waits = defaultWaits } = options;
  const over = new AbortController();
  const list: WebhookDelivery[] = [];
  const running = new Set<Promise<void>>();
  const begin = (notification: Notification): WebhookDelivery => {
    const delivery: WebhookDelivery = {
      at: new Date().toISOString(),
      title: notification.title,
      state: 'waiting',
      attempts: 0,
    };
    list.unshift(delivery);
    list.length = Math.min(list.length, kept);
    return delivery;
  };
  async function attempt(delivery: WebhookDelivery, notification: Notification, last: boolean): Promise<boolean> {
    const { status, error } = await post(options.target(), notification);
    delivery.attempts += 1;
    if (status === undefined) delete delivery.status;
    else delivery.status = status;
    if (error === undefined) delete delivery.error;
    else delivery.error = error;
    const ended = error === undefined || last || hopeless(status);
    delivery.state = error === undefined ? 'delivered' : ended ? 'failed' : 'waiting';
    if (delivery.state === 'failed')
      log.warn({ event: notification.event, status, error }, 'the webhook did not take a message');
    changed();
    return ended;
  }
  async function deliver(delivery: WebhookDelivery, notification: Notification): Promise<void> {
    for (let n = 0; !over.signal.aborted; n += 1) {
      const wait = waits[n];
      if (await attempt(delivery, notification, wait === undefined)) return;
      await pause((wait ?? 0) * 1000, over.signal);
    }
  }
  return {
    send(notification) {
      const delivery = begin(notification);
      if (running.size >= mostWaiting) {
        delivery.state = 'failed';
        delivery.error = 'Too many messages wait already.';
        changed();
        return;
      }
      const work = deliver(delivery, notification).finally(() => running.delete(work));
      running.add(work);
      changed();
    },
    async now(notification) {
      const delivery = begin(notification);
      await attempt(delivery, notification, true);
      return { ...delivery };
    },
    deliveries: () => list.map((each) => ({ ...each })),
    async close() {
      over.abort();
      await Promise.all(running);
    },
  };
}
