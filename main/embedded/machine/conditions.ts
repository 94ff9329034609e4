import type { Condition } from '../kube/object.ts';
import { kubeTime } from './spec.ts';

type Holder = { conditions?: Condition[] };

export const conditionOf = (holder: Holder, type: string): Condition | undefined =>
  holder.conditions?.find((condition) => condition.type === type);
export const isTrue = (holder: Holder, type: string): boolean => conditionOf(holder, type)?.status === 'True';

/** Sets one condition; the transition time moves only when the status does. */
export function setCondition(holder: Holder, wanted: Condition): void {
  const conditions = (holder.conditions ??= []);
  const old = conditions.find((condition) => condition.type === wanted.type);
  const next: Condition = {
    lastProbeTime: null,
    ...wanted,
    lastTransitionTime: old?.status === wanted.status && old.lastTransitionTime ? old.lastTransitionTime : kubeTime(),
  };
  if (old) conditions.splice(conditions.indexOf(old), 1, next);
  else conditions.push(next);
}

export function dropCondition(holder: Holder, type: string): void {
  if (holder.conditions) holder.conditions = holder.conditions.filter((condition) => condition.type !== type);
}
