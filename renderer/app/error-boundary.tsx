import { Component, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../main/contract/problem.ts';
import { useConnection } from '../lib/connection.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ProblemView } from '../ui/problem-view.tsx';
import css from './app.module.css';
import { t } from './text.ts';

interface State {
  error?: unknown;
}

/** A page that breaks says so and leaves the rest standing. Give it the route as key, so that going elsewhere clears it. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};
  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }
  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    if (isNotLoaded(this.state.error)) return <NotLoaded />;
    const stack = this.state.error instanceof Error ? (this.state.error.stack ?? '') : '';
    const problem = {
      ...asProblem(this.state.error),
      title: t('broken.title'),
      fix: t('broken.fix'),
      output: stack.split('\n').slice(0, 12),
    };
    return (
      <div className={css.broken}>
        <ProblemView
          problem={problem}
          actions={
            <Button tone="primary" onClick={() => location.reload()}>
              {t('broken.reload')}
            </Button>
          }
        />
      </div>
    );
  }
}

/** A part of the page is fetched when first gone to: the browsers' words for one that did not come. */
const isNotLoaded = (error: unknown): boolean =>
  error instanceof Error && /preload CSS|dynamically imported module|importing a module/i.test(error.message);

function NotLoaded(): ReactNode {
  const lost = useConnection().state === 'lost';
  const [wasLost, setWasLost] = useState(lost);
  if (lost && !wasLost) setWasLost(true);
  useEffect(() => {
    // A part that failed stays failed in this document: a fresh one fetches it.
    if (wasLost && !lost) location.reload();
  }, [wasLost, lost]);
  return (
    <div className={css.broken}>
      <EmptyState
        title={t('notLoaded.title')}
        actions={
          <Button tone="primary" onClick={() => location.reload()}>
            {t('broken.reload')}
          </Button>
        }
      >
        {t(lost ? 'notLoaded.lost' : 'notLoaded.text')}
      </EmptyState>
    </div>
  );
}
