import type { BytePipe } from '../../../main/contract/procedure.ts';
import { createQueue } from '../../../main/contract/queue.ts';

/** Bytes of what a client says, by the first one; without the variable part. RFC 6143, 7.5. */
const lengths: Record<number, number> = { 0: 20, 2: 4, 3: 10, 4: 8, 5: 6 };
const uint16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));

/** A screen of one colour that speaks RFB 3.8 without a password, and keeps what was pressed. */
export interface RfbServer {
  readonly pipe: BytePipe;
  /** `x,y buttons` and `key down`, as they came. */
  readonly events: string[];
}
export function rfbServer(width: number, height: number, colour: number): RfbServer {
  const events: string[] = [];
  const said = createQueue<Uint8Array>();
  let heard: Buffer = Buffer.alloc(0);
  const format = Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
  const name = Buffer.from('fake');
  const init = Buffer.concat([uint16(width, height), format, uint16(0, name.length), name]);
  /** What is waited for: its length in what came, and the answer. */
  const steps: { length: number; answer: (bytes: Buffer) => Buffer | undefined }[] = [
    { length: 12, answer: () => Buffer.from([1, 1]) }, // one security type: none
    { length: 1, answer: () => Buffer.alloc(4) },
    { length: 1, answer: () => init },
  ];
  const rectangle = Buffer.concat([uint16(0, 1, 0, 0, width, height, 0, 0), Buffer.alloc(width * height * 4, colour)]);
  function message(bytes: Buffer): void {
    if (bytes[0] === 3) said.push(rectangle);
    if (bytes[0] === 4) events.push(`${bytes.readUInt32BE(4)} ${bytes[1]}`);
    if (bytes[0] === 5) events.push(`${bytes.readUInt16BE(2)},${bytes.readUInt16BE(4)} ${bytes[1]}`);
  }
  /** One thing of what came; false: not all of it is there. */
  function take(): boolean {
    const [step] = steps;
    const type = heard[0] ?? -1;
    const length = step ? step.length : (lengths[type] ?? 1) + (type === 2 && heard.length >= 4 ? heard.readUInt16BE(2) * 4 : 0); // prettier-ignore
    if (heard.length < length) return false;
    const bytes = heard.subarray(0, length);
    heard = heard.subarray(length);
    if (!step) message(bytes);
    else {
      steps.shift();
      said.push(step.answer(bytes) ?? Buffer.alloc(0));
    }
    return heard.length > 0;
  }
  said.push(Buffer.from('RFB 003.008\n'));
  return {
    events,
    pipe: {
      readable: said,
      async write(bytes) {
        heard = Buffer.concat([heard, bytes]);
        while (take());
      },
      close: () => said.end(),
    },
  };
}
