import type { ReactNode } from 'react';
import type { PodDetail, PodRow } from '../../../main/contract/pods.ts';
import { dateTime } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './containers.module.css';
import { Forwards } from './forwards.tsx';
import { t } from './text.ts';
import { routeOf, statusWord } from './use-containers.ts';

const known = (kind: string): boolean => ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind);

function Owner({ row }: { row: PodRow }): ReactNode {
  const { owner, namespace } = row;
  if (!owner) return '–';
  const text = `${owner.kind} ${owner.name}`;
  return known(owner.kind) ? <a href={`#/containers/${owner.kind}/${namespace}/${owner.name}`}>{text}</a> : text;
}

/** What it is, its containers, its Pods, and the ports that lead to it. */
export function OverviewTab({ detail: { row, pods } }: { detail: PodDetail }): ReactNode {
  const { machine } = row;
  return (
    <div className={css.cards}>
      <div className={css.stack}>
        <Card title={t('facts')}>
          <KeyValue
            items={[
              { label: t('fact.kind'), value: row.kind },
              { label: t('fact.namespace'), value: row.namespace },
              { label: t('fact.status'), value: statusWord(row.status) },
              { label: t('fact.ready'), value: `${row.ready.have}/${row.ready.want}` },
              { label: t('fact.restarts'), value: String(row.restarts) },
              ...(row.kind === 'Pod'
                ? [
                    { label: t('fact.node'), value: row.node ?? '–' },
                    { label: t('fact.address'), value: row.address ?? '–', mono: true, ...(row.address && { copy: row.address }) }, // prettier-ignore
                    { label: t('fact.owner'), value: <Owner row={row} /> },
                  ]
                : []),
              ...(machine ? [{ label: t('fact.machine'), value: <a href={`#/machines/${machine.namespace}/${machine.name}`}>{machine.name}</a> }] : []), // prettier-ignore
              { label: t('fact.created'), value: dateTime(row.createdAt) },
            ]}
          />
        </Card>
        {row.kind !== 'Pod' && (
          <Card title={t('pods')}>
            {pods.length === 0 ? (
              <p className={css.muted}>{t('pods.none')}</p>
            ) : (
              <ul className={css.rows}>
                {pods.map((pod) => (
                  <li key={pod.uid} className={css.row}>
                    <StatusDot tone={pod.tone} />
                    <a className={css.name} href={`#${routeOf(pod)}`}>
                      {pod.name}
                    </a>
                    <span>{statusWord(pod.status)}</span>
                    <span className={css.under}>{pod.why?.title ?? [pod.node, pod.address].filter(Boolean).join(' · ')}</span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </div>
      <div className={css.stack}>
        <Card title={t('containers')}>
          <ul className={css.rows}>
            {row.containers.map((each) => (
              <li key={`${each.init} ${each.name}`} className={css.row}>
                <StatusDot tone={each.ready ? 'running' : each.state === '' || each.init ? 'stopped' : 'busy'} />
                <span className={css.name}>{each.name}</span>
                <span>{each.state && statusWord(each.state)}</span>
                <span className={css.under}>
                  {[
                    each.image,
                    ...(each.init ? [t('container.init')] : []),
                    ...(each.ports.length > 0 ? [t('container.ports', { ports: each.ports.join(', ') })] : []),
                    ...(each.restarts > 0 ? [t('container.restarts', { n: each.restarts })] : []),
                  ].join(' · ')}
                </span>
              </li>
            ))}
          </ul>
        </Card>
        <Forwards of={{ kind: row.kind, namespace: row.namespace, name: row.name }} />
      </div>
    </div>
  ); // prettier-ignore
}
