import type { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import css from './console.module.css';
import type { ConsoleLink } from './link.ts';
import { Outbox } from './outbox.ts';
import { isReport, Replay } from './reports.ts';
import type { MadeTerminal } from './terminal.ts';

interface Props {
  label: string;
  /** Undefined while the connection is lost: what was printed stays to be read. */
  pipe: BytePipe | undefined;
  link: ConsoleLink;
  viewOnly: boolean;
  /** Whether it may take the keyboard when it connects; must stay the same function. */
  mayFocus: () => boolean;
  onTerminal: (made: MadeTerminal | undefined) => void;
  /** The terminal's size, at first and when it changes; must stay the same function. */
  onSize?: ((size: { cols: number; rows: number }) => void) | undefined;
}

/** Bytes the terminal may be behind before reading stops: reading is what gives the other side credit. */
const behind = 256 * 1024;

/** xterm.js over the contract's pipe. The backend replays its scrollback to every new pipe, so each begins afresh. */
export function SerialView({ label, pipe, link, viewOnly, mayFocus, onTerminal, onSize }: Props): ReactNode {
  const target = useRef<HTMLDivElement>(null);
  const quiet = useRef(viewOnly);
  useEffect(() => {
    quiet.current = viewOnly;
  }, [viewOnly]);
  const [made, setMade] = useState<MadeTerminal>();

  useEffect(() => {
    let ended = false;
    let own: MadeTerminal | undefined;
    const make = async (): Promise<void> => {
      const { makeTerminal } = await import('./terminal.ts');
      if (ended || !target.current) return;
      own = makeTerminal(target.current);
      setMade(own);
      onTerminal(own);
    };
    void make();
    return () => {
      ended = true;
      setMade(undefined);
      onTerminal(undefined);
      own?.dispose();
    };
  }, [onTerminal]);

  useEffect(() => {
    if (!made || !pipe) return undefined;
    const { terminal } = made;
    let ended = false;
    const outbox = new Outbox(pipe, (error) => link.lost(pipe, error));
    made.typesInto(outbox);
    const encoder = new TextEncoder();
    const replay = new Replay();
    const typed = terminal.onData((text) => {
      if (!quiet.current && !(replay.on && isReport(text))) outbox.push(encoder.encode(text));
    });
    const raw = terminal.onBinary(
      (text) => quiet.current || outbox.push(Uint8Array.from(text, (c) => c.charCodeAt(0))),
    );
    terminal.reset();
    if (mayFocus()) terminal.focus();
    pump(pipe, terminal, replay, () => link.alive()).then(
      () => ended || link.lost(pipe, undefined),
      (error: unknown) => ended || link.lost(pipe, error),
    );
    return () => {
      ended = true;
      replay.end();
      typed.dispose();
      raw.dispose();
      outbox.end();
      pipe.close();
    };
  }, [made, pipe, link, mayFocus]);

  useEffect(() => {
    if (!made || !pipe || !onSize) return undefined;
    const { terminal } = made;
    onSize({ cols: terminal.cols, rows: terminal.rows });
    const resized = terminal.onResize(onSize);
    return () => resized.dispose();
  }, [made, pipe, onSize]);

  return <section ref={target} className={css.serial} aria-label={label} />;
}

async function pump(pipe: BytePipe, terminal: Terminal, replay: Replay, alive: () => void): Promise<void> {
  let waiting = 0;
  let wake = (): void => undefined;
  for await (const chunk of pipe.readable) {
    alive();
    replay.came();
    waiting += chunk.length;
    terminal.write(chunk, () => {
      waiting -= chunk.length;
      if (waiting === 0) replay.shown();
      if (waiting < behind / 2) wake();
    });
    if (waiting >= behind) await new Promise<void>((resolve) => (wake = resolve));
  }
}
