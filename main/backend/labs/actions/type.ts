import type { BytePipe } from '../../../contract/procedure.ts';
import type { Consoles } from '../../consoles/consoles.ts';
import { pause } from '../../target/live-list.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import type { Show } from './context.ts';
import { openKeyboard } from './keyboard.ts';

/** Characters at once: a guest's line discipline holds 4 KiB and drops the rest. */
const chunk = 32;
const chunkMs = 10;

export interface Typing {
  machine: string;
  text: string;
  into: 'serial' | 'screen';
}
interface TypingContext {
  namespace: string;
  show?: Pick<Show, 'keyMs' | 'hold'>;
  workspace: { consoles: Pick<Consoles, 'serial' | 'vnc'> };
}

/** Types a text into a machine of the lab; a line feed is Enter. Resolves when all of it was taken. */
export async function typeText(context: TypingContext, { machine, text, into }: Typing, signal: AbortSignal): Promise<void> {
  const ref = { namespace: context.namespace, name: machine };
  const { consoles } = context.workspace;
  const lines = text.replaceAll(/\r\n?/g, '\n');
  if (into === 'screen') return typeOnScreen(context, ref, lines, signal);
  const pipe = await consoles.serial(ref);
  try {
    const characters = [...lines.replaceAll('\n', '\r')];
    const size = context.show ? 1 : chunk;
    for (let at = 0; at < characters.length; at += size) {
      await context.show?.hold();
      signal.throwIfAborted();
      await pipe.write(Buffer.from(characters.slice(at, at + size).join('')));
      await pause(context.show ? keyTime(context.show) : chunkMs, signal);
    }
  } finally {
    pipe.close();
  }
} // prettier-ignore

/** Nobody types like a clock. */
const keyTime = ({ keyMs }: Pick<Show, 'keyMs'>): number => keyMs() * (0.5 + Math.random());

/** A screen has one viewer: where a window shows it, that one is asked to look again. */
async function typeOnScreen({ show, workspace: { consoles } }: TypingContext, ref: ObjectRef, text: string, signal: AbortSignal): Promise<void> {
  let pipe: BytePipe;
  try {
    pipe = await consoles.vnc({ ...ref, take: false }, signal);
  } catch (error) {
    if (asProblem(error).code !== 'console-taken') throw error;
    pipe = await consoles.vnc({ ...ref, take: true }, signal);
  }
  try {
    const keyboard = await openKeyboard(pipe, signal);
    if (!show) await keyboard.type(text, signal);
    else
      for (const character of text) {
        await show.hold();
        await keyboard.type(character, signal);
        await pause(keyTime(show), signal);
      }
  } finally {
    pipe.close();
  }
} // prettier-ignore
