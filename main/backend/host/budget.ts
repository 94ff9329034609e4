import type { Settings } from '../../contract/settings.ts';
import type { Log } from '../log.ts';
import type { SettingsStore } from '../settings.ts';

/** What machines of the Quick lab may have together. */
export interface Budget {
  /** Bytes. */
  memory: number;
  /** Virtual processors. */
  processors: number;
  /** Bytes of the disk that stay free. */
  keptDisk: number;
}
const fields = ['reservedMemory', 'memoryPercent', 'reservedProcessors', 'processorRatio', 'reservedDisk'] as const;
type Limits = Pick<Settings, (typeof fields)[number]>;

/** `memory`: bytes of the computer; `processors`: those it has. One processor is left for machines in any case. Pure. */
export function budgetOf(limits: Limits, computer: { memory: number; processors: number }): Budget {
  const rest = Math.max(0, computer.memory - limits.reservedMemory);
  return {
    memory: Math.floor((rest * limits.memoryPercent) / 100),
    processors: Math.max(1, computer.processors - limits.reservedProcessors) * limits.processorRatio,
    keptDisk: limits.reservedDisk,
  };
}

/** Calls `changed` when the settings of the budget are others than before. */
export async function followBudget(settings: SettingsStore, changed: () => Promise<void>, signal: AbortSignal, log: Log): Promise<void> {
  const seen = (now: Settings): string => fields.map((field) => now[field]).join(' ');
  let before = seen(settings.value);
  for await (const now of settings.watch(signal)) {
    if (seen(now) === before) continue;
    before = seen(now);
    await changed().catch((error: unknown) => log.warn({ err: error }, 'the other budget could not be put to work'));
  }
} // prettier-ignore
