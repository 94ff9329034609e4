import { ProblemError } from '../../../contract/problem.ts';
import type { BytePipe } from '../../../contract/procedure.ts';
import { pause } from '../../target/live-list.ts';

/** Milliseconds for one press or release: QEMU keeps 10 ms between key events, and drops what comes while 1024 wait. */
const keyMs = 12;
const answerMs = 10_000;
const enter = 0xff_0d;
const tab = 0xff_09;
const shift = 0xff_e1;
/** What a US keyboard gives with Shift; guests' consoles start with that layout. */
const shifted = new Set('~!@#$%^&*()_+{}|:"<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** Keys of a screen over RFB (RFC 6143): the handshake, then nothing but key events. */
export interface Keyboard {
  type(text: string, signal: AbortSignal): Promise<void>;
}

/** Signs in to an RFB server that asks for no password, as KubeVirt's vnc subresource is one. */
export async function openKeyboard(pipe: BytePipe, signal: AbortSignal): Promise<Keyboard> {
  const input = reader(pipe, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
  const version = (await input.take(12)).toString('latin1');
  if (!version.startsWith('RFB 003.')) throw strange(`it says ${JSON.stringify(version)}`);
  await pipe.write(Buffer.from('RFB 003.008\n'));
  const [count = 0] = await input.take(1);
  const types = await input.take(count);
  if (!types.includes(1)) throw strange('it asks for a password');
  await pipe.write(Buffer.from([1]));
  if ((await input.take(4)).readUInt32BE() !== 0) throw strange('it lets nobody in');
  await pipe.write(Buffer.from([1])); // shared: whoever else looks may stay
  const name = (await input.take(24)).readUInt32BE(20);
  await input.take(Math.min(name, 4096));
  const key = async (keysym: number, down: boolean): Promise<void> => {
    const event = Buffer.alloc(8);
    event.writeUInt8(4, 0);
    event.writeUInt8(down ? 1 : 0, 1);
    event.writeUInt32BE(keysym, 4);
    await pipe.write(event);
    await pause(keyMs);
  };
  return {
    async type(text, called) {
      for (const character of text) {
        called.throwIfAborted();
        const keysym = keysymOf(character);
        const upper = shifted.has(character);
        if (upper) await key(shift, true);
        await key(keysym, true);
        await key(keysym, false);
        if (upper) await key(shift, false);
      }
    },
  };
}

/** X11's number of a key: Latin-1 as it is, others as 0x1000000 plus their code point. Pure. */
const keysymOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0x20;
  if (character === '\n') return enter;
  if (character === '\t') return tab;
  return code < 0x1_00 ? code : 0x1_00_00_00 + code;
};

function reader(pipe: BytePipe, signal: AbortSignal): { take(count: number): Promise<Buffer> } {
  const chunks = pipe.readable[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const late = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(strange('it does not answer'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  late.catch(() => undefined); // raced below
  return {
    async take(count) {
      while (rest.length < count) {
        const next = await Promise.race([chunks.next(), late]);
        if (next.done) throw strange('it ended');
        rest = Buffer.concat([rest, next.value]);
      }
      const taken = rest.subarray(0, count);
      rest = rest.subarray(count);
      return taken;
    },
  };
}

const strange = (why: string): ProblemError =>
  new ProblemError({
    code: 'screen-not-typed',
    title: 'Nothing could be typed into the screen',
    detail: `The screen does not answer as expected: ${why}.`,
    fix: 'Use the serial console, or type on the screen yourself.',
  });
