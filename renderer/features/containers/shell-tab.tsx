import { useCallback, useRef } from 'react';
import type { ReactNode } from 'react';
import type { PodDetail } from '../../../main/contract/pods.ts';
import { useApi } from '../../lib/connection.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useContainer } from './choose-container.tsx';
import { TerminalPanel } from './terminal-panel.tsx';
import { t } from './text.ts';

/** A shell in a container. */
export function ShellTab({ detail }: { detail: PodDetail }): ReactNode {
  const { chosen, choice } = useContainer(detail);
  const { namespace = '', pod = '', container = '' } = chosen ?? {};
  const api = useApi();
  const offer = useOffer();
  const session = useRef('');
  const last = useRef({ cols: 80, rows: 24 });
  const open = useCallback(() => {
    session.current = crypto.randomUUID();
    return api.pods.shell({ namespace, name: pod, container, session: session.current, ...last.current });
  }, [api, namespace, pod, container]);
  const onSize = useCallback(
    ({ cols, rows }: { cols: number; rows: number }) => {
      last.current = { cols, rows };
      // A session that ended meanwhile has no size; its end is told by the panel itself.
      if (session.current) api.pods.resize({ session: session.current, cols, rows }).catch(() => undefined);
    },
    [api],
  );
  return (
    <TerminalPanel
      label={t('shell.label', { name: pod || detail.row.name })}
      open={open}
      why={offer('pods.shell') ?? (chosen ? undefined : t('choose.none'))}
      viewOnly={false}
      live={t('shell.open')}
      again={t('shell.again')}
      onSize={onSize}
      choice={choice}
    />
  );
}
