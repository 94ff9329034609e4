import { useEffect, useRef, useState } from 'react';
import type { ComponentProps } from 'react';
import { cx } from '../lib/cx.ts';
import css from './icon-button.module.css';
import { MoreIcon } from './icons.tsx';
import type { Icon } from './icons.tsx';
import { Menu } from './menu.tsx';

interface ButtonProps {
  icon: Icon;
  label: string;
  why?: string | undefined;
  busy?: boolean | undefined;
  to?: string | undefined;
  onClick?: (() => void) | undefined;
}

/** An icon button for rows of long lists: dozens are made while scrolling, so its tooltip is the browser's own. */
export function RowButton({ icon: Icon, label, why, busy, to, onClick }: ButtonProps) {
  const off = busy === true || why !== undefined;
  const className = cx(css.button, css.quiet, off && css.off, busy && css.busy);
  const name = why === undefined ? label : `${label} (${why})`;
  if (to !== undefined && !off)
    return (
      <a className={className} href={`#${to}`} aria-label={name} title={label}>
        <Icon />
      </a>
    );
  return (
    <button
      type="button"
      className={className}
      aria-label={name}
      title={why === undefined ? label : `${label}: ${why}`}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={() => !off && onClick?.()}
    >
      <Icon />
    </button>
  );
}

interface MenuProps {
  label: string;
  items: () => ComponentProps<typeof Menu>['items'];
}

/** A row's menu: a plain button until the pointer or the keyboard comes near it. */
export function RowMenu({ label, items }: MenuProps) {
  const [near, setNear] = useState<'pointer' | 'keyboard'>();
  const host = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    // The real button stands where the plain one had the focus.
    if (near === 'keyboard') host.current?.querySelector('button')?.focus();
  }, [near]);
  return (
    <span ref={host} onPointerEnter={() => setNear((now) => now ?? 'pointer')}>
      {near ? (
        <Menu label={label} items={items()} />
      ) : (
        <button
          type="button"
          className={cx(css.button, css.quiet)}
          aria-label={label}
          aria-haspopup="menu"
          onFocus={() => setNear('keyboard')}
        >
          <MoreIcon />
        </button>
      )}
    </span>
  );
}
