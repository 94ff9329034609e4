import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { machineDetail, useLive } from '../../lib/resources.ts';
import { WhoseContext } from '../../lib/use-offer.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { ConsolePanel } from './console-panel.tsx';
import { statusWord } from '../machines/status.ts';
import css from './console.module.css';
import { t } from './text.ts';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

/** The console alone, as large as the window. */
export function ConsolePage({ namespace, name }: { namespace: string; name: string }): ReactNode {
  const of = useMemo(() => ({ namespace, name }), [namespace, name]);
  const detail = useLive(machineDetail(of));
  const row = detail.value?.row;
  const gone = detail.problem?.code.includes('not-found') ?? false;
  return (
    <main className={css.main}>
      <Page fill>
        <PageHeader
          title={name}
          back={{ to: `/machines/${namespace}/${name}`, label: t('back') }}
          badge={row && <StatusBadge tone={row.tone}>{statusWord(row.status)}</StatusBadge>}
        />
        {detail.problem && !gone && !row && <ProblemView problem={detail.problem} />}
        {detail.state === 'loading' ? (
          <div className={css.panel}>
            <Skeleton height="block" />
          </div>
        ) : (
          (row ?? gone) && (
            <WhoseContext value={of}>
              <ConsolePanel of={of} row={row} vm={detail.value?.vm} />
            </WhoseContext>
          )
        )}
      </Page>
    </main>
  );
}
