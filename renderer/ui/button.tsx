import type { ComponentPropsWithRef, ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import css from './button.module.css';
import type { Icon } from './icons.tsx';
import { Tooltip } from './tooltip.tsx';

export type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger';
export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'disabled' | 'className' | 'children'> {
  tone?: ButtonTone | undefined;
  size?: 'small' | 'medium' | undefined;
  icon?: Icon | undefined;
  iconAfter?: Icon | undefined;
  /** Work is under way: shows it, and takes no second press. */
  busy?: boolean | undefined;
  /** Why it cannot be used now. It stays focusable, so that the reason can be read. */
  why?: string | undefined;
  /** A route: the button is then a link. */
  to?: string | undefined;
  /** An address outside of these pages: the button is then a link. */
  href?: string | undefined;
  children: ReactNode;
}

export function Button({
  tone = 'plain',
  size = 'medium',
  icon: Icon,
  iconAfter: After,
  busy,
  why,
  to,
  href = to === undefined ? undefined : `#${to}`,
  ...rest
}: ButtonProps) {
  const { children, onClick, type = 'button', ref, ...others } = rest;
  const off = busy === true || why !== undefined;
  const className = cx(css.button, css[tone], css[size], off && css.off, busy && css.busy);
  const content = (
    <>
      {busy ? <span className={css.spinner} /> : Icon && <Icon />}
      <span className={css.text}>{children}</span>
      {After && <After />}
    </>
  );
  if (href !== undefined && why === undefined)
    return (
      <a className={className} href={href}>
        {content}
      </a>
    );
  const button = (
    <button
      {...others}
      ref={ref}
      type={type}
      className={className}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
    >
      {content}
      {why !== undefined && <span className="visually-hidden"> ({why})</span>}
    </button>
  );
  return <Tooltip text={why}>{button}</Tooltip>;
}
