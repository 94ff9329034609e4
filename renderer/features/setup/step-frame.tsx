import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import css from './setup.module.css';
import { t } from './text.ts';

interface Props {
  title: string;
  text?: string | undefined;
  onBack?: (() => void) | undefined;
  /** The button that goes on. */
  next: ReactNode;
  children: ReactNode;
  /** Enter in a field goes on. */
  onSubmit?: (() => void) | undefined;
}

/** One step: heading, content, and the two ways out of it at the bottom. */
export function StepFrame({ title, text, onBack, next, children, onSubmit }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <form
      className={css.step}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
    >
      <div className={css.content}>
        <div>
          <h1 ref={heading} className={css.title} tabIndex={-1}>
            {title}
          </h1>
          {text && <p className={css.lead}>{text}</p>}
        </div>
        {children}
      </div>
      <footer className={css.foot}>
        {onBack && (
          <Button tone="quiet" onClick={onBack}>
            {t('back')}
          </Button>
        )}
        <span className={css.grow} />
        {next}
      </footer>
    </form>
  );
}
