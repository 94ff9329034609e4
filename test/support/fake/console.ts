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

/** A 320 by 200 picture of a screen with one line on it (PNG of one colour and a bar), base64. */
export const screenPicture =
  'iVBORw0KGgoAAAANSUhEUgAAAUAAAADICAMAAACu2siZAAAACVBMVEUODAvp4tpPwH9EOYXxAAAAbklEQVR42u3QAQ0AMAgAILV/' +
  '6Jf4dE6IQAQAAACcVeMEChQoUKBAgQIFAgBAl/xMoECBAgUKFChQIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAwBIPiGIKoS6LJC8AAAAASUVORK5CYII=';

/** A shell that echoes what is typed. */
export function shellPipe(name: string, user: string): BytePipe {
  const feed = new Feed<Uint8Array>();
  const stop = new AbortController();
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const prompt = `${user}@${name}:~$ `;
  return {
    readable: feed.listen([bytes(`Welcome to ${name}\r\n${prompt}`)], stop.signal),
    write: async (typed) => feed.push(typed[0] === 13 ? bytes(`\r\n${prompt}`) : typed),
    close: () => stop.abort(),
  };
}
