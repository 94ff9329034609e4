import { useId } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../../../../lib/cx.ts';
import { CheckIcon } from '../../../../ui/icons.tsx';
import { t } from '../text.ts';
import css from './setup.module.css';

interface Props {
  name: string;
  n: number;
  title: string;
  summary: string;
  done: boolean;
  open: boolean;
  onOpen: () => void;
  children: ReactNode;
}

/** One numbered step; its heading opens it. */
export function SetupStep({ name, n, title, summary, done, open, onOpen, children }: Props) {
  const id = useId();
  return (
    <section className={css.step} data-step={name} aria-labelledby={`${id}-title`}>
      <h3 className={css.heading}>
        <button type="button" className={css.open} aria-expanded={open} aria-controls={id} onClick={onOpen}>
          <span className={cx(css.number, done && css.done)} aria-hidden="true">
            {done ? <CheckIcon /> : n}
          </span>
          <span id={`${id}-title`} className={css.title}>
            {title}
            {done && <span className="visually-hidden"> ({t('setup.done')})</span>}
          </span>
          {!open && done && <span className={css.summary}>{summary}</span>}
        </button>
      </h3>
      <div id={id} className={css.body} hidden={!open}>
        {open && children}
      </div>
    </section>
  );
}
