import type { Target } from '../../main/contract/target.ts';
import { useConnection } from '../lib/connection.ts';
import { target, useLive } from '../lib/resources.ts';
import { StatusDot } from '../ui/status.tsx';
import css from './shell.module.css';
import { t } from './text.ts';

/** The accelerator's name in words. */
export function acceleratorName(id: string): string {
  return id === 'kvm' || id === 'hvf' || id === 'whpx' || id === 'tcg' ? t(`target.${id}`) : id;
}
function describe(value: Target | undefined): string {
  if (!value || value.state === 'connecting') return t('target.connecting');
  if (value.state === 'lost') return t('target.lost');
  return value.capacity ? acceleratorName(value.capacity.accelerator) : t('target.ready');
}

/** Where machines run, and by what. */
export function TargetBadge() {
  const { value } = useLive(target);
  const lost = useConnection().state === 'lost' || value?.state === 'lost';
  const tone = lost ? 'error' : value?.state === 'ready' ? 'ok' : 'busy';
  return (
    <a className={css.target} href="#/settings/host">
      <span className={css.targetDot}>
        <StatusDot tone={tone} />
      </span>
      <span className={css.targetWords}>
        <span className={css.targetName}>{value?.name ?? 'Quick lab'}</span>
        <span className={css.targetState}>{lost ? t('target.lost') : describe(value)}</span>
      </span>
    </a>
  );
}
