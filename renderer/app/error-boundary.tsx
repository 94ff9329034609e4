import { Component } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../main/contract/problem.ts';
import { Button } from '../ui/button.tsx';
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
