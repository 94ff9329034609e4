import type { ComponentPropsWithRef } from 'react';
import { cx } from '../lib/cx.ts';
import css from './icon-button.module.css';
import type { Icon } from './icons.tsx';
import { Tooltip } from './tooltip.tsx';

interface Props extends Omit<ComponentPropsWithRef<'button'>, 'disabled' | 'className' | 'children' | 'type'> {
  icon: Icon;
  /** Its name, and its tooltip. */
  label: string;
  why?: string | undefined;
  busy?: boolean | undefined;
  tone?: 'quiet' | 'danger' | undefined;
  pressed?: boolean | undefined;
  to?: string | undefined;
}

export function IconButton({ icon: Icon, label, why, busy, tone = 'quiet', pressed, to, onClick, ...others }: Props) {
  const off = busy === true || why !== undefined;
  const className = cx(css.button, css[tone], off && css.off, pressed && css.pressed, busy && css.busy);
  if (to !== undefined && why === undefined)
    return (
      <Tooltip text={label}>
        <a className={className} href={`#${to}`} aria-label={label}>
          <Icon />
        </a>
      </Tooltip>
    );
  return (
    <Tooltip text={why === undefined ? label : `${label}: ${why}`}>
      <button
        {...others}
        type="button"
        className={className}
        aria-label={why === undefined ? label : `${label} (${why})`}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        aria-pressed={pressed}
        onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
      >
        <Icon />
      </button>
    </Tooltip>
  );
}
