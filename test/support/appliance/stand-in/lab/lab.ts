import type { Condition, KubeObject } from '../../../../../main/contract/kube.ts';
import type { Config } from '../config.ts';
import { log } from '../log.ts';
import { mode } from '../mode.ts';
import type { Mode } from '../mode.ts';
import type { Resource, Store } from '../store.ts';
import { now } from '../store.ts';
import type { Supervisor } from '../supervisor.ts';

/** What the controllers work with. */
export interface Lab {
  readonly store: Store;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly nodeName: string;
  readonly address: string;
  readonly version: string;
  mode: Mode;
  /** Whether the object is older than so many seconds (times the mode's slowness); asks to be called again when it is not. */
  after(object: KubeObject, seconds: number): boolean;
}
export type Controller = (lab: Lab) => void;

/** Creates what is not there. */
export function ensure(lab: Lab, resource: Resource, object: KubeObject): KubeObject {
  const { namespace, name = '' } = object.metadata;
  return lab.store.get(resource, namespace, name) ?? lab.store.create(resource, namespace, object);
}
export function setStatus(lab: Lab, resource: Resource, object: KubeObject, status: Record<string, unknown>): void {
  const live = lab.store.get(resource, object.metadata.namespace, object.metadata.name ?? '');
  if (live) lab.store.update(resource, { ...live, status }, 'status');
}
/** Conditions as they are to be; the time of one moves only when its word does. */
export function conditions(object: KubeObject, wanted: Record<string, [boolean | 'Unknown', string?, string?]>): Condition[] {
  const before = (object.status?.['conditions'] ?? []) as Condition[];
  return Object.entries(wanted).map(([type, [holds, reason, message]]) => {
    const status = holds === 'Unknown' ? 'Unknown' : holds ? 'True' : 'False';
    const old = before.find((each) => each.type === type);
    const lastTransitionTime = (old?.status === status && old.lastTransitionTime) || now();
    return { type, status, ...(reason && { reason }), ...(message && { message }), lastTransitionTime };
  });
} // prettier-ignore
export const owner = (object: KubeObject) => ({
  ownerReferences: [{ apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name ?? '', uid: object.metadata.uid ?? '', controller: true }],
}); // prettier-ignore

/** Runs the controllers whenever something changed, when one asked for it, and every second for the mode's sake. */
export function startLab(lab: Omit<Lab, 'after' | 'mode'>, controllers: readonly Controller[]): void {
  let timer: NodeJS.Timeout | undefined;
  const soon = (ms: number): void => {
    timer ??= setTimeout(run, ms);
  };
  const whole: Lab = {
    ...lab,
    mode: mode(),
    after(object, seconds) {
      const born = Date.parse(object.metadata.creationTimestamp ?? '');
      return Date.now() - born >= seconds * 1000 * (whole.mode.slowness ?? 1);
    },
  };
  function run(): void {
    timer = undefined;
    whole.mode = mode();
    for (const controller of controllers)
      try {
        controller(whole);
      } catch (error) {
        log('error', `${controller.name}: ${String((error as Error).stack ?? error)}`);
      }
  }
  lab.store.watch(() => soon(40));
  setInterval(() => soon(0), 1000);
  run();
}
