import type { SearchAddon } from '@xterm/addon-search';
import type { Terminal } from '@xterm/xterm';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import css from './console.module.css';
import type { ConsoleLink } from './link.ts';
import { Outbox } from './outbox.ts';

export interface SerialTerminal {
  terminal: Terminal;
  search: SearchAddon;
}
interface Props {
  label: string;
  pipe: BytePipe;
  link: ConsoleLink;
  viewOnly: boolean;
  onTerminal: (made: SerialTerminal | undefined) => void;
}

/** Bytes the terminal may be behind before reading stops: reading is what gives the other side credit. */
const behind = 256 * 1024;

/** xterm.js on one pipe. The backend replays its scrollback first, so every pipe starts with an empty terminal. */
export function SerialView({ label, pipe, link, viewOnly, onTerminal }: Props): ReactNode {
  const target = useRef<HTMLDivElement>(null);
  const quiet = useRef(viewOnly);
  quiet.current = viewOnly;

  useEffect(() => {
    let ended = false;
    let close = (): void => undefined;
    const begin = async (): Promise<void> => {
      const { makeTerminal } = await import('./terminal.ts');
      if (ended || !target.current) return;
      const made = makeTerminal(target.current);
      const { terminal } = made;
      const outbox = new Outbox(pipe, (error) => link.lost(pipe, error));
      const encoder = new TextEncoder();
      terminal.onData((text) => quiet.current || outbox.push(encoder.encode(text)));
      terminal.onBinary((text) => quiet.current || outbox.push(Uint8Array.from(text, (c) => c.charCodeAt(0))));
      close = () => {
        outbox.end();
        pipe.close();
        made.dispose();
      };
      onTerminal(made);
      terminal.focus();
      await pump(pipe, terminal, () => link.alive());
      if (!ended) link.lost(pipe, undefined);
    };
    begin().catch((error: unknown) => !ended && link.lost(pipe, error));
    return () => {
      ended = true;
      onTerminal(undefined);
      close();
    };
  }, [pipe, link, onTerminal]);

  return <div ref={target} className={css.serial} role="group" aria-label={label} />;
}

async function pump(pipe: BytePipe, terminal: Terminal, alive: () => void): Promise<void> {
  let waiting = 0;
  let wake = (): void => undefined;
  for await (const chunk of pipe.readable) {
    alive();
    waiting += chunk.length;
    terminal.write(chunk, () => {
      waiting -= chunk.length;
      if (waiting < behind / 2) wake();
    });
    if (waiting >= behind) await new Promise<void>((resolve) => (wake = resolve));
  }
}
