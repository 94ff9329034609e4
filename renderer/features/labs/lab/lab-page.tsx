import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import { useFocusKept } from '../../../lib/page-focus.ts';
import { useLive } from '../../../lib/resources.ts';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { labRun } from '../resources.ts';
import { t } from '../text.ts';
import { About } from './about.tsx';
import { Making } from './making.tsx';

const Runner = lazy(() => import('../run/runner.tsx').then((m) => ({ default: m.Runner })));

/** A lab under one address, whatever it does: what it is, its start, its steps, its result. */
export function LabPage({ name }: { name: string }): ReactNode {
  const { value, state, problem } = useLive(labRun(name));
  const of = value?.run?.state;
  useFocusKept(
    of === undefined ? 'about' : of === 'starting' || of === 'ending' || of === 'failed' ? 'making' : 'runner',
  );
  if (!value)
    return (
      <Page>
        <PageHeader title={name} back={{ to: '/labs', label: t('title') }} />
        {problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />}
      </Page>
    );
  const { run } = value;
  if (!run) return <About name={name} />;
  if (run.state === 'starting' || run.state === 'ending' || run.state === 'failed') return <Making run={run} />;
  return (
    <Suspense
      fallback={
        <Page>
          <Skeleton height="block" count={2} />
        </Page>
      }
    >
      <Runner run={run} stale={state === 'stale' || state === 'error'} />
    </Suspense>
  );
}
