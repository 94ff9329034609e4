import type { Appliance, RungState } from '../../../main/contract/appliance.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import type { Tone } from '../../ui/tone.ts';
import { t } from './text.ts';

export const tones: Record<Appliance['state'], Tone> = {
  half: 'warning',
  installing: 'busy',
  running: 'running',
  starting: 'busy',
  stopped: 'stopped',
  failed: 'error',
  unknown: 'paused',
};

/** The one that a page without a name shows: the one whose machines are shown, else the first by name. */
export function chosen(
  rows: readonly Appliance[],
  id: string | undefined,
  targets: readonly TargetEntry[],
): Appliance | undefined {
  if (id !== undefined) return rows.find((row) => row.id === id);
  const sorted = [...rows].sort((a, b) => a.name.localeCompare(b.name));
  return sorted.find((row) => targets.some((each) => each.current && each.id === row.id)) ?? sorted[0];
}

export type Act = 'start' | 'stop' | 'restart' | 'backup' | 'renew-certificates' | 'refresh-network';
/** Why something cannot be done now; undefined where it can. */
export function actWhy(row: Appliance, act: Act | 'uninstall' | 'upgrade' | 'restore' | 'join'): string | undefined {
  if (row.taskId !== undefined || row.state === 'installing') return t('why.busy');
  if (row.state === 'half') return act === 'uninstall' ? undefined : t('why.half');
  if (act === 'start') return row.state === 'running' || row.state === 'starting' ? t('why.runs') : undefined;
  if (act === 'stop') return row.state === 'stopped' ? t('why.stopped') : undefined;
  if (act === 'uninstall' || act === 'restore') return undefined;
  if (row.state === 'stopped') return t('why.stopped');
  return (act === 'upgrade' || act === 'join') && row.state !== 'running' ? t('why.notReady') : undefined;
}

/** How far up the ladder it stands. */
export function ladderWords(ladder: readonly RungState[]): string {
  const bad = ladder.find((rung) => rung.state === 'fail') ?? ladder.find((rung) => rung.state === 'waiting');
  if (bad) return t(bad.state === 'fail' ? 'health.fails' : 'health.waits', { title: bad.title });
  const passed = ladder.filter((rung) => rung.state === 'pass').length;
  if (passed === 0) return t('health.unknown');
  const tried = ladder.filter((rung) => rung.state !== 'skipped').length;
  return passed === tried ? t('health.all', { n: passed }) : t('health.some', { n: passed, of: tried });
}
export const rungTones: Record<RungState['state'], Tone> = {
  unknown: 'stopped',
  waiting: 'busy',
  pass: 'ok',
  fail: 'problem',
  skipped: 'stopped',
};

/** k3s renews its certificates at a start within their last 90 days; before the last weeks somebody should start it. */
export function certificateTone(days: number): Tone {
  if (days <= 7) return 'problem';
  return days <= 45 ? 'warning' : 'ok';
}

/** What has to be asked before it is tried again. */
export type Need = 'sudo' | 'ssh' | 'host-key';
export function accessNeed(problem: Problem | undefined): Need | undefined {
  if (!problem) return undefined;
  if (['root-password-needed', 'root-wrong-password', 'root-no-agent'].includes(problem.code)) return 'sudo';
  if (problem.code === 'host-key-changed' || problem.code === 'host-key-unknown') return 'host-key';
  return problem.code === 'place-password-needed' || /^ssh-(agent|key|password)-refused$/.test(problem.code)
    ? 'ssh'
    : undefined;
}

/** The settings with the versions that are there now: upgrades go on from those of the install. */
export const inUse = (settings: Appliance['settings'], now: Appliance['versions']): Appliance['settings'] => ({
  ...settings,
  versions: { ...settings.versions, ...now },
});

/** Why an uninstall cannot be confirmed yet: only what was listed is taken away. A list that failed is no list under way. */
export function previewWhy(preview: { value: unknown; refreshing: boolean; problem: Problem | undefined }): string | undefined {
  if (preview.problem && !preview.refreshing) return t('uninstall.notSeen');
  return preview.value === undefined || preview.refreshing ? t('uninstall.looking') : undefined;
} // prettier-ignore
