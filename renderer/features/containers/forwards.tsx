import type { ReactNode } from 'react';
import type { PodForward, WorkRef } from '../../../main/contract/pods.ts';
import { useAction } from '../../lib/use-call.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { CloseIcon } from '../../ui/icons.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { useMay } from '../../lib/use-may.ts';
import css from './containers.module.css';
import { t } from './text.ts';
import { routeOf, useForwards } from './use-containers.ts';

const addressOf = ({ localPort }: PodForward): string => `127.0.0.1:${localPort}`;

interface Props {
  /** Only those that lead there. */
  of?: WorkRef;
  /** In a line, and nothing where there are none. */
  compact?: boolean;
}
/** Ports of this computer that lead to containers, with how to close them. Whoever may open none sees none. */
export function Forwards({ of, compact }: Props): ReactNode {
  const may = useMay()('pods.forwards') === undefined;
  const all = useForwards().value ?? [];
  const rows = of ? all.filter(({ kind, namespace, name }) => kind === of.kind && namespace === of.namespace && name === of.name) : all; // prettier-ignore
  const close = useAction((api, { id }: PodForward) => api.pods.stopForward({ id }), {
    onDone: (_value, { localPort }) => toast({ title: t('forwards.closed', { port: localPort }) }),
    onProblem: toastProblem,
  });
  if (!may) return undefined;
  if (compact)
    return (
      rows.length > 0 && (
        <ul className={css.chips} aria-label={t('forwards')}>
          {rows.map((row) => (
            <li key={row.id} className={css.chip} title={row.problem?.title}>
              <StatusDot tone={row.problem ? 'error' : 'running'} />
              <span className={css.mono}>{addressOf(row)}</span>→{' '}
              <a href={`#${routeOf(row)}`}>{t('forwards.of', { port: row.port, name: row.name })}</a>
              <IconButton
                icon={CloseIcon}
                label={t('forwards.close', { port: row.localPort })}
                onClick={() => void close.run(row)}
              />
            </li>
          ))}
        </ul>
      )
    );
  return (
    <Card title={t('forwards')}>
      {rows.length === 0 ? (
        <p className={css.muted}>{t('forwards.none')}</p>
      ) : (
        <ul className={css.rows}>
          {rows.map((row) => (
            <li key={row.id} className={css.row}>
              <StatusDot tone={row.problem ? 'error' : 'running'} />
              <span className={css.name}>
                <span className={css.mono}>{addressOf(row)}</span> → {t('forwards.of', { port: row.port, name: row.name })}
              </span>
              <span className={css.push}>
                <CopyButton text={addressOf(row)} />
                <IconButton
                  icon={CloseIcon}
                  label={t('forwards.close', { port: row.localPort })}
                  onClick={() => void close.run(row)}
                />
              </span>
              <span className={css.under}>
                {row.problem ? `${row.problem.title}. ${row.problem.fix ?? ''}` : `${row.target} · ${t('forwards.open', { n: row.connections })}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  ); // prettier-ignore
}
