import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BackupPlace, BackupPlaceRow, BackupRun } from '../../../main/contract/backups.ts';
import { ago, bytes, dateTime } from '../../lib/format.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { CheckIcon, ClockIcon, KeyIcon, TrashIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { rhythmInWords } from '../snapshots/rhythm-fields.tsx';
import css from './backups.module.css';
import { PlanDialog } from './plan-dialog.tsx';
import { Points } from './points.tsx';
import { t } from './text.ts';

export const whereIs = (place: BackupPlace): string =>
  place.type === 'folder'
    ? place.path
    : `${place.endpoint}/${place.bucket}${place.folder === '' ? '' : `/${place.folder}`}`;

/** One place: what lies there, how its last run went, what comes next. */
export function PlaceCard({ row }: { row: BackupPlaceRow }): ReactNode {
  const may = useMay();
  const offer = useOffer();
  const [open, setOpen] = useState<'plan' | 'unlock'>();
  const close = (): void => setOpen(undefined);
  const task = useTask(row.taskId);
  const busy = row.taskId === undefined ? undefined : t('why.busy');
  const begin = useAction((api, what: 'run' | 'verify') => (what === 'run' ? api.backups.run({ placeId: row.id }) : api.backups.verify({ placeId: row.id })), { onProblem: toastProblem }); // prettier-ignore
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const at = { placeId: row.id };
  const { remove: endPlan } = useRemoval<BackupPlaceRow>({
    async call(api, { id }) {
      const { undo } = await api.backups.setPlan({ placeId: id, plan: null });
      return undo === undefined ? undefined : { of: 'backup-plan', undo };
    },
    done: ({ name }) => t('plan.ended', { name }),
    name: ({ name }) => t('plan.named', { name }),
  });
  const { remove: forget } = useRemoval<BackupPlaceRow>({
    call: async (api, { id }) => ({ of: 'backup-place', ...(await api.backups.removePlace({ placeId: id })) }),
    done: ({ name }) => t('forget.done', { name }),
    detail: () => t('forget.text'),
    name: ({ name }) => name,
  });
  return (
    <Card
      title={row.name}
      flush
      actions={
        <>
          <Button size="small" why={may('backups.setPlan')} onClick={() => setOpen('plan')}>
            {t(row.plan ? 'plan.change' : 'plan.set')}
          </Button>
          <Button
            size="small"
            busy={begin.busy}
            why={offer('backups.run') ?? busy}
            onClick={() => void begin.run('run')}
          >
            {t('run')}
          </Button>
          <Menu
            label={t('more', { name: row.name })}
            items={[
              { label: t('verify'), icon: CheckIcon, why: may('backups.verify') ?? busy, onSelect: () => void begin.run('verify') },
              ...(row.plan ? [{ label: t('plan.end'), icon: ClockIcon, why: may('backups.setPlan'), onSelect: () => endPlan(row) }] : []),
              { label: t('unlock'), icon: KeyIcon, why: may('backups.unlock') ?? busy, onSelect: () => setOpen('unlock') },
              'separator',
              { label: t('forget'), icon: TrashIcon, danger: true, why: may('backups.removePlace') ?? busy, onSelect: () => forget(row) },
            ]}
          />
        </>
      }
    >
      <div className={css.tools}>
        <Standing row={row} />
      </div>
      {task && (
        <div className={css.tools}>
          <TaskCard task={task} compact onCancel={task.cancellable ? () => void cancel.run(task.id) : undefined} />
        </div>
      )}
      <Points row={row} />
      {open === 'plan' && <PlanDialog row={row} onClose={close} />}
      {open === 'unlock' && (
        <ConfirmCall title={t('unlock.title', { name: row.name })} confirmLabel={t('unlock')} call={(api) => api.backups.unlock(at)} done={t('unlock.done')} onClose={close}>
          {t('unlock.text')}
        </ConfirmCall>
      )}
    </Card>
  ); // prettier-ignore
}

/** Where it is, when it runs, and how that went. */
export function Standing({ row }: { row: BackupPlaceRow }): ReactNode {
  const { plan, next, last } = row;
  return (
    <div className={css.place}>
      <p className={css.where}>
        <code>{whereIs(row.place)}</code>
      </p>
      {last && last.failed.length > 0 && <Failed last={last} />}
      <p className={css.facts}>
        {plan ? (
          <>
            <span>{rhythmInWords(plan.rhythm)}</span>
            <span>
              {plan.machines === 'all'
                ? t('plan.ofAll', { place: row.targetName ?? plan.target })
                : t('plan.ofSome', { n: plan.machines.length, place: row.targetName ?? plan.target })}
            </span>
            {next !== undefined && <span>{t('plan.next', { when: dateTime(next) })}</span>}
          </>
        ) : (
          <span>{t('plan.none')}</span>
        )}
      </p>
      {last && last.failed.length === 0 && <Last last={last} />}
    </div>
  );
}

function Last({ last }: { last: BackupRun }): ReactNode {
  const now = useNow();
  return (
    <p className={css.facts}>
      <span>{t('last', { ago: ago(last.endedAt, now), n: last.machines, added: bytes(last.added) })}</span>
    </p>
  );
}

const Failed = ({ last }: { last: BackupRun }): ReactNode => (
  <Banner tone="problem" title={t('failed', { when: dateTime(last.endedAt) })}>
    {last.failed.map(({ name, title, detail }) => (
      <p key={`${name} ${title}`} lang="en">
        {`${name === '' ? '' : `${name}: `}${title}. ${detail}`}
      </p>
    ))}
  </Banner>
);
