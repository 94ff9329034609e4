import { duration } from '../../../lib/format.ts';
import { useCall } from '../../../lib/use-call.ts';
import { usePatience } from '../../../lib/use-patience.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { ArrowRightIcon, RefreshIcon } from '../../../ui/icons.tsx';
import { KeyValue } from '../../../ui/key-value.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import css from '../boxes.module.css';
import { Brought } from './brought.tsx';
import { useBox } from './door.ts';
import { DiskHealthCard } from './health/disk-health.tsx';
import { Findings, Gauges, Units } from './health/health-cards.tsx';
import { Join } from './power/join.tsx';
import { t } from './text.ts';
import { useToTarget } from './use-to-target.ts';

const everyMs = 30_000;

/** How it is: findings first, then figures. */
export function OverviewTab() {
  const { door, state, away } = useBox();
  const to = useToTarget();
  const health = useCall(['box-health', door.key], (api, signal) => door.health(api, { signal }), {
    enabled: away === undefined,
    staleMs: everyMs,
    againMs: () => everyMs,
  });
  const found = health.value;
  const held = usePatience(health.loading);
  return (
    <div className={css.columns}>
      <div className={css.column}>
        <Card
          title={t('health')}
          actions={<IconButton icon={RefreshIcon} label={t('again')} busy={health.refreshing} why={away} onClick={health.again} />}
        >
          <div className={css.stack}>
            {health.loading && <Skeleton count={3} />}
            {health.problem && <ProblemView problem={health.problem} compact />}
            {!found && away && <p className={css.muted}>{t('health.away')}</p>}
            {found && <Findings health={found} />}
          </div>
        </Card>
        {state.bring?.some((each) => each.state !== 'done') && (
          <Card title={t('brought.card')}>
            <Brought items={state.bring} />
          </Card>
        )}
        {found && <DiskHealthCard disks={found.disks} />}
        {found && <Units units={found.failedUnits} />}
      </div>
      <div className={css.column}>
        {found && (
          <Card title={t('figures')}>
            <Gauges health={found} />
          </Card>
        )}
        {held && <Skeleton height="block" count={2} />}
        <div hidden={held}>
          <Card title={t('about')}>
            <div className={css.stack}>
              <KeyValue
                items={[
                  { label: t('about.version'), value: state.version },
                  { label: t('about.zone'), value: state.wishes.timeZone },
                  { label: t('about.id'), value: state.boxId, mono: true, copy: state.boxId },
                  ...(found ? [{ label: t('about.up'), value: duration(found.uptime) }] : []),
                ]}
              />
              <div className={css.actions}>
                <Button size="small" iconAfter={ArrowRightIcon} busy={to.busy} why={to.why ?? away} onClick={() => to.go('/machines')}>
                  {t('machines')}
                </Button>
                <Join />
              </div>
            </div>
          </Card>
        </div>
      </div>
    </div>
  );
} // prettier-ignore
