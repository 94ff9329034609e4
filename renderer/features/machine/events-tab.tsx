import { Fragment, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { eventWords } from '../../lib/event-words.ts';
import { ago, dateTime } from '../../lib/format.ts';
import { eventsOf, useList } from '../../lib/resources.ts';
import { useNow } from '../../lib/use-now.ts';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './machine.module.css';
import { t } from './text.ts';

/** A reason is one long word: where it may be broken. */
const words = (reason: string): string[] => reason.split(/(?<=[a-z])(?=[A-Z])/);

/** What happened to it, the latest first. */
export function EventsTab({ of }: { of: ObjectRef }): ReactNode {
  const list = useList(eventsOf(of));
  const now = useNow();
  const rows = useMemo(() => [...list.items].sort((a, b) => b.lastAt.localeCompare(a.lastAt)), [list.items]);
  if (list.state === 'loading') return <Skeleton height="row" count={4} />;
  return (
    <Card title={t('events.title')} flush>
      {list.state === 'error' && list.problem && <ProblemView problem={list.problem} compact />}
      {rows.length === 0 ? (
        <p className={css.padded}>{t('events.none')}</p>
      ) : (
        <ul>
          {rows.map((event) => (
            <li key={event.uid} className={css.event}>
              <StatusDot tone={event.type === 'Warning' ? 'warning' : 'note'} label={event.type} />
              <span className={css.reason}>
                {words(event.reason).map((word, at) => (
                  <Fragment key={`${word}${at}`}>
                    {at > 0 && <wbr />}
                    {word}
                  </Fragment>
                ))}
                <span className={css.under}>
                  {event.object.kind}
                  {event.object.name !== of.name && ` ${event.object.name}`}
                </span>
              </span>
              <span className={css.wrap}>
                {eventWords(event)}
                {eventWords(event) !== event.message && (
                  <details className={css.own}>
                    <summary>{t('events.own')}</summary>
                    {event.message}
                  </details>
                )}
              </span>
              <span className={css.when} title={dateTime(event.lastAt)}>
                {ago(event.lastAt, now)}
                {event.count > 1 && <span className={css.under}>{t('events.count', { n: event.count })}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
