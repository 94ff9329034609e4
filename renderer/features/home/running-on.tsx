import type { Appliance } from '../../../main/contract/appliance.ts';
import { appliances, target, targets, useList, useLive } from '../../lib/resources.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './home.module.css';
import { t } from './text.ts';

/** An appliance that wants an eye: half installed, or not well. */
export const wanting = (rows: readonly Appliance[]): Appliance | undefined =>
  rows.find((row) => row.taskId === undefined && (row.state === 'half' || row.state === 'failed' || row.troubles.length > 0)); // prettier-ignore

/** Where the machines of this page run, and an appliance that wants an eye. */
export function RunningOn() {
  const value = useLive(target).value;
  const entry = useList(targets).items.find((row) => row.current);
  const bad = wanting(useList(appliances).items);
  if (!value) return null;
  const own = entry?.kind === 'appliance';
  const nodes = value.capacity?.nodes ?? 1;
  const parts = [entry?.place, value.version, nodes > 1 && t('on.nodes', { n: nodes })];
  return (
    <Card
      title={t('on.title')}
      actions={
        <Button size="small" tone="quiet" to="/targets">
          {t('on.switch')}
        </Button>
      }
    >
      <div className={css.on}>
        <StatusDot tone={value.state === 'ready' ? 'ok' : value.state === 'lost' ? 'error' : 'busy'} />
        <div className={css.who}>
          {own ? (
            <a className={css.name} href={`#/appliance/${encodeURIComponent(value.id)}`}>
              {value.name}
            </a>
          ) : (
            <span className={css.name}>{value.name}</span>
          )}
          <span className={css.sub}>{parts.filter(Boolean).join(' · ')}</span>
        </div>
      </div>
      {bad && (
        <div className={css.onMore}>
          <p>{t(bad.state === 'half' ? 'on.half' : 'on.bad', { name: bad.name })}</p>
          <Button size="small" to={bad.state === 'half' ? '/setup/place' : `/appliance/${encodeURIComponent(bad.id)}`}>
            {t(bad.state === 'half' ? 'on.go' : 'on.look')}
          </Button>
        </div>
      )}
    </Card>
  );
}
