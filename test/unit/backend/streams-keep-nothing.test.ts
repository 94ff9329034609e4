import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Message, Port } from '../../../main/contract/port.ts';
import { stream } from '../../../main/contract/procedure.ts';
import { serve } from '../../../main/contract/serve.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const contract = { rows: stream<{ row: number }>()(z.object({})) };
const rounds = 300;

test('a stream that stays open keeps none of the values it has sent', async () => {
  const sent: WeakRef<object>[] = [];
  let told = 0;
  let receive: (message: unknown) => void = () => undefined;
  let close: () => void = () => undefined;
  // A page that takes each value at once and keeps nothing.
  const port: Port = {
    send(message: Message) {
      if (message.t !== 'item') return;
      told += 1;
      receive({ t: 'credit', id: message.id, n: 1 });
    },
    onMessage: (listener) => (receive = listener),
    onClose: (listener) => (close = listener),
    close: () => undefined,
  };
  serve(
    contract,
    {
      async *rows(_input, { signal }) {
        for (let row = 0; row < rounds; row += 1) {
          await turn();
          const value = { row };
          sent.push(new WeakRef(value));
          yield value;
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
    port,
  );
  receive({ t: 'open', id: 1, path: 'rows', input: {} });
  await expect.poll(() => told).toBe(rounds);
  for (let round = 0; round < 3; round += 1) {
    await turn();
    collect();
  }
  const kept = sent.filter((value) => value.deref() !== undefined).length;
  // The last one may still be in somebody's hands.
  expect(kept).toBeLessThan(5);
  close();
});
