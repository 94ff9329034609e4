import { useState } from 'react';
import type { ReactNode } from 'react';
import type { HardwareDisk } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { AttachDialog } from './attach-dialog.tsx';
import { DiskDialogs } from './disk-dialogs.tsx';
import type { Asked } from './disk-dialogs.tsx';
import { DiskRow } from './disk-row.tsx';
import { DriversCard } from './drivers-card.tsx';
import { DriveDialog } from './drive-dialog.tsx';
import { EjectedBanner } from './ejected-banner.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';
import { hardwareOf, tell } from './use-hardware.ts';

type Order = { name: string; boot: boolean }[];

/** The disks and drives of a machine: attach, detach, grow, change discs, and the order in which it boots. */
export function DisksTab({ of }: { of: ObjectRef }): ReactNode {
  const { value, problem } = useLive(hardwareOf(of));
  const [order, setOrder] = useState<Order>();
  const [adding, setAdding] = useState<'disk' | 'drive'>();
  const [asked, setAsked] = useState<Asked>();
  const [dragged, setDragged] = useState<string>();
  const offer = useOffer();
  const save = useAction((api, disks: Order) => api.hardware.order({ ...of, disks }), {
    onDone: ({ when }) => {
      setOrder(undefined);
      tell(t('disks.orderSaved'), of.name, when);
    },
  });
  const eject = useAction((api, disk: string) => api.hardware.eject({ ...of, disk }), {
    onDone: ({ when }, name) => tell(t('done.ejected', { name }), name, when),
    onProblem: toastProblem,
  });
  if (!value) return problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />;
  const { disks, running } = value;
  const rows = sorted(disks, order);
  const now: Order = rows.map((disk) => ({ name: disk.name, boot: boots(disk, order) }));
  const move = (name: string, to: number): void => {
    const from = now.findIndex((each) => each.name === name);
    const [entry] = from < 0 ? [] : now.splice(from, 1);
    if (entry) now.splice(Math.max(0, Math.min(now.length, to)), 0, entry);
    setOrder(now);
  };
  const act = (disk: HardwareDisk, action: Asked['action'] | 'eject'): void => {
    if (action === 'eject') void eject.run(disk.name);
    else setAsked({ disk, action });
  };
  return (
    <div className={css.stack}>
      {value.ejected && <EjectedBanner of={of} ejected={value.ejected} />}
      <Card
        title={t('disks.title')}
        flush
        actions={
          <>
            {order && (
              <Button
                size="small"
                tone="primary"
                busy={save.busy}
                why={offer('hardware.order')}
                onClick={() => void save.run(order)}
              >
                {t('disks.saveOrder')}
              </Button>
            )}
            {order && (
              <Button size="small" onClick={() => setOrder(undefined)}>
                {t('size.undo')}
              </Button>
            )}
            <Button size="small" why={offer('hardware.addDrive')} onClick={() => setAdding('drive')}>
              {t('disks.addDrive')}
            </Button>
            <Button
              size="small"
              icon={PlusIcon}
              why={offer('hardware.attach') ?? (running ? offer('hardware.attach:running') : undefined)}
              onClick={() => setAdding('disk')}
            >
              {t('disks.attach')}
            </Button>
          </>
        }
      >
        {save.problem && <ProblemView problem={save.problem} compact />}
        {rows.length === 0 ? (
          <p className={css.padded}>{t('disks.none')}</p>
        ) : (
          <div className={css.scroll}>
            <table className={css.table}>
              <thead>
                <tr>
                  <th scope="col">{t('disks.disk')}</th>
                  <th scope="col">{t('disks.holds')}</th>
                  <th scope="col">{t('disks.size')}</th>
                  <th scope="col">{t('disks.state')}</th>
                  <th scope="col">{t('disks.boot')}</th>
                  <th scope="col">
                    <span className="visually-hidden">{t('disks.order')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((disk, index) => (
                  <DiskRow
                    key={disk.name}
                    disk={disk}
                    running={running}
                    boot={now[index]?.boot ?? false}
                    place={now.slice(0, index + 1).filter(({ boot }) => boot).length}
                    first={index === 0}
                    last={index === rows.length - 1}
                    dragged={dragged === disk.name}
                    onDrag={setDragged}
                    onDrop={() => {
                      if (dragged !== undefined && dragged !== disk.name) move(dragged, index);
                      setDragged(undefined);
                    }}
                    onMove={(by) => move(disk.name, index + by)}
                    onBoot={(boot) => setOrder(now.map((each) => (each.name === disk.name ? { ...each, boot } : each)))}
                    onAct={act}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className={css.padded}>{t('disks.dragHint')}</p>
      </Card>
      {value.drivers && <DriversCard of={of} way={value.drivers} />}
      <AttachDialog
        of={of}
        open={adding === 'disk'}
        taken={disks.map(({ name }) => name)}
        onClose={() => setAdding(undefined)}
      />
      <DriveDialog
        of={of}
        open={adding === 'drive'}
        taken={disks.map(({ name }) => name)}
        onClose={() => setAdding(undefined)}
      />
      {asked && <DiskDialogs of={of} asked={asked} running={running} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

const boots = (disk: HardwareDisk, order: Order | undefined): boolean =>
  order?.find(({ name }) => name === disk.name)?.boot ?? disk.bootOrder !== undefined;

/** In the order that is being made; without one those that boot first, as the machine has them. */
function sorted(disks: readonly HardwareDisk[], order: Order | undefined): HardwareDisk[] {
  const rank = (disk: HardwareDisk): number => {
    const at = order?.findIndex(({ name }) => name === disk.name) ?? -1;
    return at < 0 ? (order ? disks.length : (disk.bootOrder ?? disks.length)) : at;
  };
  return [...disks].sort((a, b) => rank(a) - rank(b));
}
