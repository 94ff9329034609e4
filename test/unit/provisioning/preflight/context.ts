import type { CheckContext, Finding } from '../../../../provisioning/preflight/checker.ts';
import { findingOf } from '../../../../provisioning/preflight/checker.ts';
import { checkers } from '../../../../provisioning/preflight/checks/all.ts';
import { parseFacts } from '../../../../provisioning/preflight/parse.ts';
import { suggestSettings } from '../../../../provisioning/preflight/suggest.ts';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';
import { output } from './fixtures/base.ts';
import { machines } from './fixtures/machines.ts';

export type MachineName = keyof typeof machines;
export type Extras = Partial<Omit<CheckContext, 'facts' | 'settings'>> & { settings?: Partial<ApplianceSettings> };

/** A fixture machine with the settings that would be suggested for it, changed by `extras`. */
export function contextOf(machine: MachineName, { settings, ...extras }: Extras = {}): CheckContext {
  const facts = parseFacts(output(machines[machine]));
  const trial = extras.trial ?? 'works';
  return {
    facts,
    settings: { ...suggestSettings(facts, trial), ...settings },
    place: 'local',
    trial,
    elevation: 'pkexec',
    reach: ['github.com', 'registry-1.docker.io', 'quay.io'].map((host) => ({ host, ok: true })),
    ...extras,
  };
}

/** What one checker says of a fixture machine; undefined: it does not apply there. */
export function finding(id: string, machine: MachineName, extras?: Extras): Finding | undefined {
  const checker = checkers.find((entry) => entry.id === id);
  if (!checker) throw new Error(`no checker ${id}`);
  return findingOf(checker, contextOf(machine, extras));
}
