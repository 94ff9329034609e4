import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { machineDetail, useLive } from '../../lib/resources.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { statusWord } from '../machines/status.ts';
import css from './console.module.css';
import { OneConsole } from './one-console.tsx';
import { t } from './text.ts';

/** The console alone, as large as the window. */
export function ConsolePage({ namespace, name }: { namespace: string; name: string }): ReactNode {
  const of = useMemo(() => ({ namespace, name }), [namespace, name]);
  const detail = useLive(machineDetail(of));
  const row = detail.value?.row;
  return (
    <main className={css.main}>
      <Page fill>
        <PageHeader
          title={name}
          back={{ to: `/machines/${namespace}/${name}`, label: t('back') }}
          badge={row && <StatusBadge tone={row.tone}>{statusWord(row.status)}</StatusBadge>}
        />
        <OneConsole of={of} detail={detail} />
      </Page>
    </main>
  );
}
