import { StringDecoder } from 'node:string_decoder';
import type { EventsOf, Header } from './format.ts';

/** What serial consoles take a terminal for. */
const size = { width: 80, height: 24 };

/** The serial console of one machine as asciicast v2 (docs.asciinema.org/manual/asciicast/v2), line by line, with marks. */
export async function* asciicast(
  header: Header,
  title: string,
  machine: number,
  events: AsyncIterable<EventsOf['text']>,
): AsyncGenerator<string> {
  const timestamp = Math.floor(Date.parse(header.startedAt) / 1000);
  yield `${JSON.stringify({ version: 2, ...size, timestamp, title })}\n`;
  // A character may be cut in two by where a piece ended.
  const decoder = new StringDecoder('utf8');
  let last = 0;
  const line = (t: number, code: 'o' | 'm', data: string): string => `${JSON.stringify([t / 1000, code, data])}\n`;
  for await (const event of events) {
    last = event.t;
    if (event.kind === 'mark') yield line(event.t, 'm', event.text);
    else if (event.machine === machine) {
      const text = decoder.write(Buffer.from(event.data, 'base64'));
      if (text !== '') yield line(event.t, 'o', text);
    }
  }
  const rest = decoder.end();
  if (rest !== '') yield line(last, 'o', rest);
}
