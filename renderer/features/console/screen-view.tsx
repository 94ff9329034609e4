import type RFB from '@novnc/novnc';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { ByteChannel } from './byte-channel.ts';
import css from './console.module.css';
import type { ConsoleLink } from './link.ts';
import { t } from './text.ts';

export type ScaleMode = 'fit' | 'actual' | 'guest';
/** A connected screen: what keys are sent to. */
export interface LiveScreen {
  rfb: RFB;
  /** Resolves when all that was sent has been taken by the other side. */
  sent: () => Promise<void>;
}
interface Props {
  label: string;
  pipe: BytePipe;
  link: ConsoleLink;
  scale: ScaleMode;
  viewOnly: boolean;
  /** Whether it may take the keyboard when it connects; must stay the same function. */
  mayFocus: () => boolean;
  /** The connected screen, for sending keys; undefined when it is gone. */
  onScreen: (screen: LiveScreen | undefined) => void;
  /** Whether the guest draws letters only, as a computer does before it has a graphical system. */
  onTextMode: (on: boolean) => void;
}

// 80 by 25 letters of a VGA card.
const isTextMode = ({ width, height }: HTMLCanvasElement): boolean => width === 720 && height === 400;

/** noVNC on one pipe. A new pipe is a new noVNC: it has no way to connect again. */
export function ScreenView(props: Props): ReactNode {
  const { label, pipe, link, scale, viewOnly, mayFocus, onScreen, onTextMode } = props;
  const target = useRef<HTMLDivElement>(null);
  const live = useRef<RFB>(undefined);
  const [connected, setConnected] = useState(0);

  useEffect(() => {
    let ended = false;
    let watched: MutationObserver | undefined;
    let close = (): void => undefined;
    const begin = async (): Promise<void> => {
      const { default: Screen } = await import('@novnc/novnc');
      if (ended || !target.current) return;
      const channel = new ByteChannel(pipe);
      channel.onlost = (error) => link.lost(pipe, error);
      const made = new Screen(target.current, channel, { shared: true });
      made.background = 'transparent';
      made.addEventListener('connect', () => {
        link.alive();
        if (ended) return;
        live.current = made;
        setConnected((times) => times + 1);
        onScreen({ rfb: made, sent: () => channel.sent() });
        const canvas = target.current?.querySelector('canvas');
        if (canvas) {
          const look = (): void => onTextMode(isTextMode(canvas));
          look();
          const sizes = new MutationObserver(look);
          watched = sizes;
          sizes.observe(canvas, { attributeFilter: ['width', 'height'] });
        }
        if (mayFocus()) made.focus({ preventScroll: true });
      });
      const refused = (event: Event): void => link.lost(pipe, refusal(event));
      made.addEventListener('securityfailure', refused);
      // noVNC gave up on what it read while the pipe itself was well.
      made.addEventListener('disconnect', (event) => channel.readyState === 'open' && refused(event));
      let gone = false;
      made.addEventListener('disconnect', () => (gone = true));
      close = () => {
        if (!gone) made.disconnect();
        channel.close();
      };
      await channel.start();
    };
    begin().catch((error: unknown) => link.lost(pipe, error));
    return () => {
      ended = true;
      live.current = undefined;
      watched?.disconnect();
      onTextMode(false);
      onScreen(undefined);
      close();
    };
  }, [pipe, link, mayFocus, onScreen, onTextMode]);

  useEffect(() => {
    const rfb = live.current;
    if (connected === 0 || !rfb) return;
    rfb.scaleViewport = scale !== 'actual';
    rfb.clipViewport = false;
    rfb.resizeSession = scale === 'guest';
    rfb.viewOnly = viewOnly;
  }, [connected, scale, viewOnly]);

  return <div ref={target} className={css.screen} role="application" aria-label={label} />;
}

function refusal(event: Event): ProblemError {
  const detail: unknown = event instanceof CustomEvent ? event.detail : undefined;
  const reason = typeof detail === 'object' && detail !== null && 'reason' in detail ? String(detail.reason) : '';
  return new ProblemError({
    code: 'screen-protocol',
    title: t('screen.failed'),
    detail: reason || t('screen.failedText'),
  });
}
