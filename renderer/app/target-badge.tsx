import { lazy, Suspense, useState } from 'react';
import type { ReactNode, Ref } from 'react';
import type { Target } from '../../main/contract/target.ts';
import { useConnection } from '../lib/connection.ts';
import { target, useLive } from '../lib/resources.ts';
import { ChevronDownIcon } from '../ui/icons.tsx';
import { StatusDot } from '../ui/status.tsx';
import css from './shell.module.css';
import { t } from './text.ts';

const load = () => import('./target-menu.tsx').then((m) => ({ default: m.TargetMenu }));
const TargetMenu = lazy(load);

/** The accelerator's name in words. */
export function acceleratorName(id: string): string {
  return id === 'kvm' || id === 'hvf' || id === 'whpx' || id === 'tcg' ? t(`target.${id}`) : id;
}
function describe(value: Target | undefined): string {
  if (!value || value.state === 'connecting') return t('target.connecting');
  if (value.state === 'lost') return t('target.lost');
  return value.capacity ? acceleratorName(value.capacity.accelerator) : t('target.ready');
}

/** Where machines run, and by what; opens the menu to switch. The menu is fetched when it is wanted. */
export function TargetBadge() {
  const { value } = useLive(target);
  const lost = useConnection().state === 'lost' || value?.state === 'lost';
  const tone = lost ? 'error' : value?.state === 'ready' ? 'ok' : 'busy';
  const name = value?.name ?? 'Quick lab';
  const state = lost ? t('target.lost') : describe(value);
  const [wanted, setWanted] = useState(false);
  const face = (props: object, ref?: Ref<HTMLButtonElement>): ReactNode => (
    <button type="button" aria-haspopup="menu" {...props} ref={ref} className={css.target}>
      <span className={css.targetDot}>
        <StatusDot tone={tone} />
      </span>
      <span className={css.targetWords}>
        <span className="visually-hidden">{t('target.title')}: </span>
        <span className={css.targetName}>{name}</span>
        <span className={css.targetState}>{state}</span>
      </span>
      <span className={css.targetMore}>
        <ChevronDownIcon />
      </span>
    </button>
  );
  const first = face({
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
    onClick: () => setWanted(true),
  });
  if (!wanted) return first;
  return (
    <Suspense fallback={first}>
      <TargetMenu face={face} />
    </Suspense>
  );
}
