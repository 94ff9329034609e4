import { useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import css from './console.module.css';
import { EscapeChord } from './escape.ts';
import { t } from './text.ts';

interface Props {
  /** Where the keyboard goes when it is let go. */
  exit: RefObject<HTMLElement | null>;
  viewOnly: boolean;
  /** Whether there is something to type into. */
  on: boolean;
  paused: boolean;
  /** Said instead while keys go there, where it is no machine; and while one only looks. */
  says?: { focused?: string; watching?: string };
  /** Beside the hint, on the right. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A console takes every key, Tab included. Control and Alt together lead out again; a line under it says so. */
export function KeyTrap({ exit, viewOnly, on, paused, says, aside, children }: Props): ReactNode {
  const chord = useRef(new EscapeChord());
  const [inside, setInside] = useState(false);
  const [left, setLeft] = useState(false);
  const key = (event: React.KeyboardEvent): void => {
    if (!chord.current.key(event.type === 'keydown' ? 'keydown' : 'keyup', event.key)) return;
    setLeft(true);
    const first = exit.current?.querySelector<HTMLElement>('button:not([tabindex="-1"]), a[href], [tabindex="0"]');
    // After this key's release went to the guest: a key that stays down there would be worse.
    setTimeout(() => first?.focus());
  };
  const watching = says?.watching ?? t('watching');
  const hint = paused
    ? t('paused')
    : !on
      ? ''
      : inside
        ? viewOnly
          ? watching
          : (says?.focused ?? t('focused'))
        : left
          ? t('released')
          : viewOnly
            ? watching
            : t('free');
  return (
    <>
      <div
        className={css.trap}
        onKeyDownCapture={key}
        onKeyUpCapture={key}
        onFocus={() => {
          setInside(true);
          setLeft(false);
        }}
        onBlur={() => {
          chord.current.reset();
          setInside(false);
        }}
      >
        {children}
      </div>
      <div className={css.hint}>
        <output>{hint}</output>
        {aside}
      </div>
    </>
  );
}
