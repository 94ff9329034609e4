import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import css from './faults.module.css';
import { t } from './text.ts';
import type { Breaker } from './use-faults.ts';

interface Props {
  title: string;
  text: string;
  breaker: Breaker;
  /** Words of the button. */
  go: string;
  onGo: () => void;
  /** Why what was chosen cannot be asked for. */
  wrong?: string | undefined;
  /** Whether the fault that is there is this one. */
  on?: boolean | undefined;
  /** It can be asked for once more as it was. */
  again?: boolean | undefined;
  /** The dials. */
  children?: ReactNode;
}

/** One thing that can be broken: what happens, how much of it, and the button. */
export function FaultRow({
  title,
  text,
  breaker,
  go,
  onGo,
  wrong,
  on = breaker.now !== undefined,
  again,
  children,
}: Props) {
  const changes = on && children !== undefined && !again;
  return (
    <section className={css.row} aria-label={title}>
      <div className={css.about}>
        <h3 className={css.name}>
          {title} {on && <StatusBadge tone="warning">{t('on')}</StatusBadge>}
        </h3>
        <p className={css.muted}>{text}</p>
      </div>
      <div className={css.dials}>{children}</div>
      <Button why={breaker.why ?? wrong} busy={breaker.busy} onClick={onGo}>
        {changes ? t('change') : go}
        {changes && <span className="visually-hidden">: {title}</span>}
      </Button>
    </section>
  );
}
