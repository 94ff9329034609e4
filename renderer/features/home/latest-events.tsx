import { eventWords } from '../../lib/event-words.ts';
import { ago } from '../../lib/format.ts';
import { events, useList } from '../../lib/resources.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './home.module.css';
import { t } from './text.ts';

export function LatestEvents() {
  const { items, state, problem } = useList(events);
  const now = useNow();
  const latest = [...items].sort((a, b) => b.lastAt.localeCompare(a.lastAt)).slice(0, 6);
  return (
    <Card
      title={t('events.title')}
      flush
      actions={
        <Button size="small" tone="quiet" to="/activity/events">
          {t('events.all')}
        </Button>
      }
    >
      {state === 'loading' && (
        <div className={css.pad}>
          <Skeleton count={3} />
        </div>
      )}
      {problem && latest.length === 0 && (
        <div className={css.pad}>
          <ProblemView problem={problem} compact />
        </div>
      )}
      {state !== 'loading' && !problem && latest.length === 0 && <p className={css.none}>{t('events.none')}</p>}
      <ul>
        {latest.map((event) => (
          <li key={event.uid} className={css.event}>
            <StatusDot tone={event.type === 'Warning' ? 'warning' : 'stopped'} label={event.type} />
            <span className={css.object}>{event.object.name}</span>
            <span className={css.message}>{eventWords(event)}</span>
            <span className={css.when}>{ago(event.lastAt, now)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
