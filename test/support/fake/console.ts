import type { BytePipe } from '../../../main/contract/procedure.ts';
import { Feed } from './live.ts';

/** A login prompt that echoes what is typed. */
export function consolePipe(name: string): BytePipe {
  const feed = new Feed<Uint8Array>();
  const stop = new AbortController();
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const boot = [
    `\r\n[    0.000000] Linux version 6.1.0 (debian)\r\n`,
    `[    0.412000] virtio_net virtio0 eth0\r\n`,
    `\x1b[38;2;10;200;30mlime\x1b[0m \x1b[38;5;200mpink\x1b[0m\r\n`,
    `\r\n${name} login: `,
  ];
  return {
    readable: feed.listen(boot.map(bytes), stop.signal),
    write: async (typed) => feed.push(typed[0] === 13 ? bytes(`\r\n${name} login: `) : typed),
    close: () => stop.abort(),
  };
}
