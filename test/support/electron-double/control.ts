import { EventEmitter } from 'node:events';

/** What the double tells the test that started it, and what the test answers: over the IPC channel of the process. */
export interface Told {
  what: 'chromium' | 'window' | 'closed' | 'dialog' | 'outside' | 'menu' | 'notification' | 'stopped' | 'download';
  [name: string]: unknown;
}
/** An answer to the next dialog (`undefined`: it is closed), or a press on an item of the menu by its role. */
export type Order = { order: 'answer'; path?: string } | { order: 'menu'; role: string };

export const tell = (told: Told): void => void process.send?.(told);

const orders = new EventEmitter();
const answers: (string | undefined)[] = [];
const waiting: ((path: string | undefined) => void)[] = [];
process.on('message', (order: Order) => {
  if (order.order === 'menu') return void orders.emit('menu', order.role);
  const next = waiting.shift();
  if (next) next(order.path);
  else answers.push(order.path);
});

/** Resolves when the test has answered. */
export const nextAnswer = (): Promise<string | undefined> =>
  answers.length > 0
    ? Promise.resolve(answers.shift())
    : new Promise((resolve) => {
        waiting.push(resolve);
      });

export const onMenu = (press: (role: string) => void): unknown => orders.on('menu', press);
