import { createHash } from 'node:crypto';
import type { EngineContext, Log } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { events } from '../kube/resources.ts';
import { StatusError } from '../kube/status-error.ts';
import { now } from '../store/metadata.ts';
import type { Store } from '../store/store.ts';
import { unwritableText } from '../store/unwritable.ts';

/** As in Kubernetes: an hour after they were last seen events go. */
const timeToLive = 3600_000;
const sweepEvery = 60_000;
/** More than this many are noise: the oldest go first. */
const cap = 2_000;
const component = 'hearth-engine';

const lastSeen = (event: Stored): number => {
  const stamp = event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  return Date.parse(typeof stamp === 'string' ? stamp : '') || 0;
};

/** Writes Events: the same thing said again about the same object counts up instead of filling the list. */
export class EventRecorder {
  private readonly store: Store;
  private readonly log: Log;
  private readonly timer: NodeJS.Timeout;
  constructor(store: Store, log: Log) {
    this.store = store;
    this.log = log;
    this.timer = setInterval(() => this.sweep(), sweepEvery);
    this.timer.unref();
  }
  readonly record: EngineContext['event'] = (about, type, reason, message) => {
    try {
      this.write(about, type, reason, message);
    } catch (error) {
      // An event must never stop what it reports on: its namespace may just be going, or the disk be full.
      if (!(error instanceof StatusError) && !unwritableText(error)) throw error;
      this.log.debug({ err: error, reason, about: about.metadata.name }, 'an event could not be written');
    }
  };
  stop(): void {
    clearInterval(this.timer);
  }
  /** Removes events past their time, and the oldest above the cap. */
  sweep(): void {
    const all = [...this.store.list(events)].sort((a, b) => lastSeen(a) - lastSeen(b));
    const limit = Date.now() - timeToLive;
    all.forEach((event, index) => {
      if (lastSeen(event) >= limit && all.length - index <= cap) return;
      this.store.delete(events, event.metadata.namespace, event.metadata.name);
    });
  }
  private write(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { metadata } = about;
    const namespace = metadata.namespace ?? 'default';
    const text = message.slice(0, 1024);
    const key = JSON.stringify([about.kind, metadata.uid, metadata.name, type, reason, text]);
    const name = `${(metadata.name ?? '').slice(0, 200)}.${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
    const stamp = now();
    const counted = this.store.mutate(events, namespace, name, (draft) => {
      draft['count'] = Number(draft['count'] ?? 1) + 1;
      draft['lastTimestamp'] = stamp;
    });
    if (counted) return;
    this.store.create(events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        ...(metadata.uid ? { uid: metadata.uid } : {}),
        ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
      },
      type,
      reason,
      message: text,
      source: { component },
      reportingComponent: component,
      reportingInstance: component,
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count: 1,
    });
  }
}
