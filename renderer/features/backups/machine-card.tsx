import type { ReactNode } from 'react';
import type { BackupPlaceRow } from '../../../main/contract/backups.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { dateTime } from '../../lib/format.ts';
import { backups, target, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './backups.module.css';
import { t } from './text.ts';

/** Whether a plan means a machine of the target that is shown. Pure. */
export const covers = ({ plan }: BackupPlaceRow, at: string | undefined, { namespace, name }: ObjectRef): boolean =>
  plan !== undefined &&
  plan.target === at &&
  (plan.machines === 'all' || plan.machines.some((each) => each.namespace === namespace && each.name === name));

/** Where one machine is backed up, and a way to do it now. */
export function BackupsOfMachine({ of }: { of: ObjectRef }): ReactNode {
  const live = useLive(backups);
  const places = live.value?.places;
  const at = useLive(target).value?.id;
  const offer = useOffer();
  const run = useAction((api, placeId: string) => api.backups.run({ placeId, machines: [of] }), {
    onProblem: toastProblem,
    onDone: () => toast({ title: t('machine.began') }),
  });
  return (
    <Card
      title={t('title')}
      actions={
        <Button size="small" to="/backups">
          {t('machine.open')}
        </Button>
      }
    >
      {!places && (live.problem ? <ProblemView problem={live.problem} compact /> : <Skeleton count={2} />)}
      {places?.length === 0 && <p className={css.muted}>{t('machine.none')}</p>}
      {places?.map((row) => (
        <div key={row.id} className={css.line}>
          <span className={css.lineName}>{row.name}</span>
          <span className={css.muted}>
            {covers(row, at, of) && row.next !== undefined
              ? t('plan.next', { when: dateTime(row.next) })
              : t('machine.notPlanned')}
          </span>
          {row.last?.failed.some(({ name }) => name === of.name || name === '') === true && (
            <span className={css.lineFailed}>{t('failed', { when: dateTime(row.last.endedAt) })}</span>
          )}
          <Button
            size="small"
            busy={run.busy && run.pending === row.id}
            why={offer('backups.run') ?? (row.taskId === undefined ? undefined : t('why.busy'))}
            onClick={() => void run.run(row.id)}
          >
            {t('run')}
            <span className="visually-hidden"> {row.name}</span>
          </Button>
        </div>
      ))}
    </Card>
  );
}
