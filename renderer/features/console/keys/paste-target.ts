import type { KeyTarget } from './typing.ts';

/** Where a text goes: a screen gets keys, a serial console or a shell gets the text as it is. */
export type PasteTarget = {
  /** Takes the keyboard again. */
  focus(): void;
} & (({ by: 'keys' } & KeyTarget) | { by: 'text'; input(text: string): void; sent(): Promise<void> });

/** Into a terminal that is open. */
export const intoTerminal = (made: {
  terminal: { input(text: string): void; focus(): void };
  sent(): Promise<void>;
}): PasteTarget => ({
  by: 'text',
  input: (text) => made.terminal.input(text),
  sent: () => made.sent(),
  focus: () => made.terminal.focus(),
});
