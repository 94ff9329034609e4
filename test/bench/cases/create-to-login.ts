import { byHand } from '../by-hand.ts';
import type { ByHand } from '../by-hand.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { openLab, untilText } from '../lab.ts';

/** From the create call to "login:" on the serial console, and the echo of a key, against the same QEMU by hand. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  const ours: number[] = [];
  const echoes: number[] = [];
  const bare: { login: number; echo: number }[] = [];
  let hand: ByHand | undefined;
  try {
    for (let run = 0; run < 5; run += 1) {
      const name = `login-${run}`;
      const started = performance.now();
      const machine = await lab.create(name);
      const serial = await lab.page.api.consoles.serial(machine);
      const reader = serial.readable[Symbol.asyncIterator]();
      const bytes = { [Symbol.asyncIterator]: () => ({ next: () => reader.next() }) };
      ours.push(await untilText(bytes, 'login:', started));
      const keys: number[] = [];
      for (const letter of 'abcdefghij') {
        const at = performance.now();
        await serial.write(new TextEncoder().encode(letter));
        keys.push(await untilText(bytes, letter, at));
      }
      echoes.push(median(keys));
      serial.close();
      hand ??= await byHand(lab.record(name));
      await lab.page.api.machines.act({ ...machine, action: 'forceStop' });
      await lab.page.api.machines.act({ ...machine, action: 'delete', mode: 'now' });
      bare.push(await hand.start());
    }
    return [
      {
        what: 'create to login prompt',
        ours: median(ours),
        bare: median(bare.map((run) => run.login)),
        bareName: 'same QEMU by hand',
        unit: 'ms',
        better: 'lower',
        goal: { ratio: 1.05 },
        note: 'median of 5, in turn',
      },
      {
        what: 'echo of a key on the serial console',
        ours: median(echoes),
        bare: median(bare.map((run) => run.echo)),
        bareName: 'its Unix socket',
        unit: 'ms',
        better: 'lower',
      },
    ];
  } finally {
    hand?.remove();
    await lab.close();
  }
}
