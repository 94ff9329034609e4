import type { Failure, SourceLine } from './failure.ts';
import { labFailures } from './lab.ts';
import { machineFailures } from './machine.ts';
import { networkFailures } from './network.ts';

export const failures: readonly Failure[] = [...machineFailures, ...networkFailures, ...labFailures];

/** A known failure that was seen, with the lines that show it. */
export interface Recognised {
  id: string;
  title: string;
  detail: string;
  evidence: string[];
  fix?: string;
  action?: 'restart' | 'renew-certificates' | 'refresh-network' | 'start';
}

/** Lines of evidence that are kept of each. */
const most = 3;

/**
 * Known failures in what was read, causes before consequences. Each once, with its last few different lines; what another
 * one explains is left out. Pure.
 */
export function recognise(lines: readonly SourceLine[]): Recognised[] {
  const seen = new Map<Failure, string[]>();
  for (const failure of failures) {
    const matching = lines.filter(({ source, text }) => failure.sources.includes(source) && failure.pattern.test(text));
    if (matching.length > 0) seen.set(failure, [...new Set(matching.map((line) => line.text.trim()))].slice(-most));
  }
  const explained = new Set([...seen.keys()].flatMap((failure) => failure.explains ?? []));
  return [...seen]
    .filter(([failure]) => !explained.has(failure.id))
    .map(([failure, evidence]) => ({
      id: failure.id,
      title: failure.title,
      detail: failure.text,
      evidence: evidence.map((line) => line.slice(0, 500)),
      fix: failure.fix,
      ...(failure.action && { action: failure.action }),
    }));
}
