import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import { ErrorIcon, InfoIcon, OkIcon, WarningIcon } from './icons.tsx';
import css from './status.module.css';
import type { Tone } from './tone.ts';
import tones from './tones.module.css';

/** A dot whose shape tells the tone as well as its colour. */
export function StatusDot({ tone, label }: { tone: Tone; label?: string | undefined }) {
  const name = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return <span className={cx(css.dot, css[tone], tones[tone])} {...name} />;
}

export function StatusBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={cx(css.badge, tones[tone])}>
      <StatusDot tone={tone} />
      {children}
    </span>
  );
}

/** The icon of a message or a check. */
export function ToneIcon({ tone, size = 16 }: { tone: Tone; size?: 16 | 20 }) {
  const Shown = {
    ok: OkIcon,
    running: OkIcon,
    note: InfoIcon,
    busy: InfoIcon,
    stopped: InfoIcon,
    paused: WarningIcon,
    warning: WarningIcon,
    error: ErrorIcon,
    problem: ErrorIcon,
  }[tone];
  return (
    <span className={cx(css.toneIcon, tones[tone])}>
      <Shown size={size} />
    </span>
  );
}
