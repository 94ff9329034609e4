import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { bytesOfBase64 } from '../../console/save.ts';
import type { MadeTerminal } from '../../console/terminal.ts';
import { t } from '../text.ts';
import css from './player.module.css';
import { Screen } from './screen.ts';

/** What shows one machine of a recording. */
export interface MachineSink {
  reset(png: string | null, serial: string): void;
  draw(png: string, at: { x: number; y: number } | undefined): void;
  write(serial: string): void;
  picture(): Promise<Blob | undefined>;
}
export type View = 'both' | 'screen' | 'serial';
interface Props {
  /** Names it to `onSink`. */
  id: string;
  name: string;
  view: View;
  /** Another machine is shown. */
  away: boolean;
  /** Told once it can show something, and with undefined when it is gone; must stay the same function. */
  onSink: (id: string, sink: MachineSink | undefined) => void;
}

/** Screen and serial console of one machine as they were. */
export function MachineStage({ id, name, view, away, onSink }: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const serial = useRef<HTMLElement>(null);
  useEffect(() => {
    let ended = false;
    let made: MadeTerminal | undefined;
    const make = async (): Promise<void> => {
      const { makeTerminal } = await import('../../console/terminal.ts');
      if (ended || !serial.current || !canvas.current) return;
      const screen = new Screen(canvas.current);
      const { terminal } = (made = makeTerminal(serial.current));
      terminal.options.disableStdin = true;
      terminal.options.cursorBlink = false;
      onSink(id, {
        reset(png, text) {
          screen.reset(png);
          terminal.reset();
          terminal.write(bytesOfBase64(text));
        },
        draw: (png, at) => screen.draw(png, at),
        write: (text) => terminal.write(bytesOfBase64(text)),
        picture: () => screen.picture(),
      });
    };
    void make();
    return () => {
      ended = true;
      onSink(id, undefined);
      made?.dispose();
    };
  }, [id, onSink]);
  return (
    <div className={css.machine} data-view={view} data-away={away || undefined} inert={away}>
      <div className={css.screen}>
        <canvas ref={canvas} className={css.canvas} width={0} height={0} role="img" aria-label={t('screenOf', { name })} />
      </div>
      <section ref={serial} className={css.serial} aria-label={t('serialOf', { name })} />
    </div>
  );
} // prettier-ignore
