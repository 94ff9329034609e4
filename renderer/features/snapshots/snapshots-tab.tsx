import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { SnapshotRow, SnapshotTree } from '../../../main/contract/snapshots.ts';
import { snapshotsOf, useLive } from '../../lib/resources.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { usePatience } from '../../lib/use-patience.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { CameraIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { BackupsOfMachine } from '../backups/machine-card.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { ScheduleCard } from './schedule-card.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import { TakeDialog } from './take-dialog.tsx';
import css from './snapshots.module.css';
import { t } from './text.ts';
import { TreeLines } from './tree-lines.tsx';

type Open = { what: 'take' } | { what: 'restore' | 'delete'; row: SnapshotRow };

/** The snapshots of one machine. */
export function SnapshotsTab({ detail }: { detail: MachineDetail }): ReactNode {
  const of = { namespace: detail.row.namespace, name: detail.row.name };
  const offer = useOffer();
  const live = useLive(snapshotsOf(of));
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  const tree = live.value;
  const busy = tree?.busy && t(`why.busy.${tree.busy.kind}`, { name: tree.busy.name });
  const lack = offer('snapshots.take');
  const held = usePatience(!tree && !live.problem);
  const mayBackups = useMay()('backups.watch') === undefined;
  // Who may not take any is told so at the button: the place could.
  const allowed = useMay()('snapshots.take', { namespace: of.namespace }) === undefined;
  return (
    <div className={css.form}>
      {lack && allowed && (
        <Banner tone="note" title={t('unable.title')}>
          {lack}
        </Banner>
      )}
      <Card
        title={t('title')}
        flush
        actions={
          <Button icon={CameraIcon} size="small" why={lack ?? busy} onClick={() => setOpen({ what: 'take' })}>
            {t('take')}
          </Button>
        }
      >
        <Content
          tree={tree}
          problem={lack ? undefined : live.problem}
          name={of.name}
          why={{ restore: offer('snapshots.restore') ?? busy, remove: offer('snapshots.remove') }}
          onRestore={(row) => setOpen({ what: 'restore', row })}
          onDelete={(row) => setOpen({ what: 'delete', row })}
        />
      </Card>
      {tree && <ScheduleCard of={of} view={tree.schedule} why={offer('snapshots.schedule')} />}
      {mayBackups && !held && <BackupsOfMachine of={of} />}
      {open?.what === 'take' && tree && <TakeDialog of={of} tree={tree} onClose={close} />}
      {open?.what === 'restore' && tree && <RestoreDialog of={of} tree={tree} row={open.row} onClose={close} />}
      {open?.what === 'delete' && <DeleteDialog of={of} row={open.row} onClose={close} />}
    </div>
  );
}

interface ContentProps {
  tree: SnapshotTree | undefined;
  problem: Parameters<typeof ProblemView>[0]['problem'] | undefined;
  name: string;
  why: { restore: string | undefined; remove: string | undefined };
  onRestore: (row: SnapshotRow) => void;
  onDelete: (row: SnapshotRow) => void;
}

function Content({ tree, problem, ...rest }: ContentProps): ReactNode {
  if (!tree) return problem ? <ProblemView problem={problem} compact /> : <Skeleton height="row" count={3} />;
  if (tree.rows.length === 0)
    return (
      <EmptyState icon={CameraIcon} title={t('empty.title')}>
        {t('empty.text')}
      </EmptyState>
    );
  return <TreeLines tree={tree} {...rest} />;
}
