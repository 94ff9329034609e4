import { lazy, Suspense } from 'react';
import { ownSeat, useLive } from '../lib/resources.ts';
import css from './shell.module.css';

const SeatBar = lazy(() => import('../features/classroom/seat/seat-bar.tsx').then((m) => ({ default: m.SeatBar })));

/** On every page of whoever is in a class: who looks, and who has a console. Nothing where this Hearth is in none. */
export function ClassBar() {
  const own = useLive(ownSeat).value?.now;
  if (!own) return null;
  return (
    <div className={css.classBar} data-taken={own.taken ? '' : undefined}>
      <Suspense>
        <SeatBar own={own} />
      </Suspense>
    </div>
  );
}
