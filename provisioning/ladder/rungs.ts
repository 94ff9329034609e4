import type { RungId } from '../plan.ts';

/** One rung of the readiness ladder. */
export interface Rung {
  readonly id: RungId;
  readonly title: string;
  /** How long it may take before it counts as failed, on a slow disk with images still to be pulled. */
  readonly timeoutSeconds: number;
}

/** In the order they are climbed: each needs those before it. */
export const rungs: readonly Rung[] = [
  { id: 'unit', title: 'The service runs', timeoutSeconds: 300 },
  { id: 'port', title: 'The API server listens', timeoutSeconds: 180 },
  { id: 'ca', title: 'The API server is who it should be', timeoutSeconds: 60 },
  { id: 'readyz', title: 'The API server is ready', timeoutSeconds: 240 },
  { id: 'node', title: 'The node is ready', timeoutSeconds: 240 },
  { id: 'core', title: 'Core services run', timeoutSeconds: 600 },
  { id: 'paths', title: 'Pods and API server reach each other', timeoutSeconds: 180 },
  { id: 'storage', title: 'There is a storage class', timeoutSeconds: 300 },
  { id: 'kubevirt', title: 'KubeVirt runs', timeoutSeconds: 1200 },
  { id: 'cdi', title: 'CDI runs', timeoutSeconds: 900 },
  { id: 'devices', title: 'The node can run machines', timeoutSeconds: 180 },
  { id: 'smoke', title: 'A first machine runs', timeoutSeconds: 300 },
];

export const rungOf = (id: RungId): Rung => {
  const found = rungs.find((rung) => rung.id === id);
  if (!found) throw new TypeError(`there is no rung ${id}`);
  return found;
};
