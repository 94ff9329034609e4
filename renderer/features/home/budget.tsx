import type { MachineRow } from '../../../main/contract/machine.ts';
import { bytes } from '../../lib/format.ts';
import { spaceForecast, target, targets, useList, useLive } from '../../lib/resources.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Meter } from '../../ui/meter.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useHost } from '../host/use-host.ts';
import css from './home.module.css';
import { t } from './text.ts';

const of = (used: number, total: number): string => t('budget.of', { used: bytes(used), total: bytes(total) });

/** What is left for machines. `rows`: undefined while they are not known. */
export function Budget({ rows }: { rows: readonly MachineRow[] | undefined }) {
  const capacity = useLive(target).value?.capacity;
  const entry = useList(targets).items.find((row) => row.current);
  const host = useHost();
  const days = useLive(spaceForecast).value?.daysLeft;
  // The disk and the trial are of this computer; machines of the Quick lab alone use them.
  const here = entry === undefined || entry.kind === 'quick-lab';
  const disk = here ? host.value?.facts.dataDisk : undefined;
  const accelerator = here ? host.value?.accelerator : undefined;
  const cpus = (rows ?? [])
    .filter((row) => row.tone === 'running' || row.tone === 'paused')
    .reduce((sum, row) => sum + row.cpus, 0);
  const most = capacity?.virtualProcessors ?? capacity?.cpus ?? 0;
  return (
    <Card
      title={t(here ? 'budget.title' : 'budget.room')}
      actions={
        here && (
          <Button size="small" tone="quiet" to="/settings/host">
            {t('budget.more')}
          </Button>
        )
      }
    >
      <div className={css.meters}>
        {capacity && (
          <>
            <Meter
              label={t('budget.memory')}
              value={capacity.memoryInUse}
              max={capacity.memory}
              text={of(capacity.memoryInUse, capacity.memory)}
            />
            <Meter
              label={t('budget.cpus')}
              // Giving out more than there is is no alarm: the bar stays below its warning, unless the target has a bound.
              value={capacity.virtualProcessors === undefined ? Math.min(cpus, capacity.cpus * 0.85) : cpus}
              max={most}
              text={rows ? t('budget.cpusText', { used: cpus, total: most }) : String(most)}
              detail={cpus > capacity.cpus ? t('budget.cpusDetail') : undefined}
            />
          </>
        )}
        {disk && (
          <Meter
            label={t('budget.disk')}
            value={disk.total - disk.free}
            max={disk.total}
            text={t('budget.free', { free: bytes(disk.free) })}
            detail={days === undefined ? undefined : t('budget.days', { n: days })}
          />
        )}
        {accelerator?.chosen === 'tcg' && (
          <div className={css.software}>
            <p>{t('software')}</p>
            <p className={css.sub}>{accelerator.title}.</p>
          </div>
        )}
        {!capacity &&
          !disk &&
          (host.loading ? <Skeleton count={3} /> : <p className={css.sub}>{t('budget.unknown')}</p>)}
      </div>
    </Card>
  );
}
