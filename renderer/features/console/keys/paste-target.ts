import type { Shown } from './arrived.ts';
import type { KeyTarget } from './typing.ts';

/** Where a text goes: a screen gets keys, a serial console or a shell gets the text as it is. */
export type PasteTarget = {
  /** Takes the keyboard again. */
  focus(): void;
} & (
  | ({ by: 'keys'; /** The text of the screen as it is now. */ look(): Promise<Shown> } & KeyTarget)
  | {
      by: 'text';
      input(text: string): void;
      sent(): Promise<void>;
      /** All that it said so far, where that is kept. */ output?: () => Promise<string>;
    }
);

/** Into a terminal that is open. */
export const intoTerminal = (
  made: {
    terminal: { input(text: string): void; focus(): void };
    sent(): Promise<void>;
  },
  output?: () => Promise<string>,
): PasteTarget => ({
  by: 'text',
  ...(output && { output }),
  input: (text) => made.terminal.input(text),
  sent: () => made.sent(),
  focus: () => made.terminal.focus(),
});
