import type { Download, Plan, RootStep } from '../../../provisioning/plan.ts';
import type { Fetched } from './fetch/fetcher.ts';

/** Bytes a second that an estimate takes for granted: a line of 100 Mbit/s, and a slow disk. */
const lineRate = 12.5e6;
const diskRate = 100e6;

/** Parts of a run, each with the seconds it is thought to take. */
export interface Progress {
  /** Marks part `id` as this far, 0..1, and all before it as whole. */
  at(id: string, fraction: number): void;
}

/** Numeric progress out of parts of unlike length; it never goes back. */
export function createProgress(
  parts: readonly { id: string; seconds: number }[],
  tell: (progress: number, secondsLeft: number) => void,
): Progress {
  const total = parts.reduce((sum, part) => sum + part.seconds, 0) || 1;
  let reached = 0;
  return {
    at(id, fraction) {
      const index = parts.findIndex((part) => part.id === id);
      if (index < 0) return;
      const before = parts.slice(0, index).reduce((sum, part) => sum + part.seconds, 0);
      const now = (before + (parts[index]?.seconds ?? 0) * Math.min(1, Math.max(0, fraction))) / total;
      if (now <= reached) return;
      reached = now;
      tell(Math.min(0.999, reached), Math.round(total * (1 - reached)));
    },
  };
}

/** Seconds of one root step, about. */
function secondsOf({ action }: RootStep, sizes: ReadonlyMap<string, number>): number {
  switch (action.kind) {
    case 'file':
      return action.content.from === 'download' ? 0.5 + (sizes.get(action.content.name) ?? 0) / diskRate : 0.2;
    case 'wait-unit':
    case 'handover':
      return 15;
    case 'pool-file':
    case 'pool-disk':
    case 'backup':
    case 'restore':
    case 'kill-pods':
      return 10;
    case 'dir':
    case 'claim':
    case 'modules':
    case 'sysctl':
    case 'enable':
    case 'start':
    case 'restart':
    case 'stop':
    case 'group':
    case 'firewall':
    case 'drop-backup':
    case 'token':
      return 0.3;
  }
}
const secondsOfRung = 12;

/** The parts of a plan for `createProgress`: `fetch`, `stage`, `root:<id>`, `cluster:<id>`. */
export function planParts(plan: Plan, have: ReadonlyMap<string, Fetched>): { id: string; seconds: number }[] {
  const sizes = new Map(plan.downloads.map((download) => [download.name, download.size]));
  const missing = plan.downloads.filter((each: Download) => !have.has(each.name));
  return [
    { id: 'fetch', seconds: 1 + missing.reduce((sum, each) => sum + each.size, 0) / lineRate },
    { id: 'stage', seconds: plan.root.length > 0 ? 1 : 0 },
    ...plan.root.map((step) => ({ id: `root:${step.id}`, seconds: secondsOf(step, sizes) })),
    ...plan.cluster.map((step) => ({
      id: `cluster:${step.id}`,
      seconds: step.action.kind === 'rung' ? secondsOfRung : 2,
    })),
  ];
}
