import { describe, expect, test } from 'vitest';
import { newPart } from '../../../main/backend/consoles/catch-up.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const boot = Array.from({ length: 80 }, (_, line) => `[${line}] starting part ${line * 7}`).join('\n');

describe('what a console says first after a reconnection', () => {
  test('all of it is new where nothing is known', () => {
    expect(newPart(Buffer.alloc(0), bytes('login: ')).toString()).toBe('login: ');
  });
  test('a replay that overlaps gives only what was missed', () => {
    expect(newPart(bytes(boot), bytes(`${boot}\nlogin: `)).toString()).toBe('\nlogin: ');
  });
  test('a replay of exactly what is known gives nothing', () => {
    expect(newPart(bytes(boot), bytes(boot)).length).toBe(0);
  });
  test('the replay may hold less of the past than we do, and more of it', () => {
    expect(newPart(bytes(boot), bytes(`${boot.slice(-700)}!`)).toString()).toBe('!');
    expect(newPart(bytes(boot.slice(-600)), bytes(`${boot}!`)).toString()).toBe('!');
  });
  test('something else is taken whole: another boot, or the present', () => {
    expect(newPart(bytes(boot), bytes('SeaBIOS\n')).toString()).toBe('SeaBIOS\n');
  });

  test('forgives bytes that QEMU logged twice', () => {
    const text = Array.from({ length: 60 }, (_, n) => `line ${n} of what the guest said\r\n`).join('');
    const twice = (at: number): string => text.slice(0, at) + text.charAt(at - 1) + text.slice(at);
    for (const at of [text.length - 1, text.length - 30, text.length - 200, text.length - 500])
      expect(newPart(Buffer.from(text), Buffer.from(`${twice(at)}new`)).toString()).toBe('new');
    const other = `${text.slice(0, -40)}something else altogether, and longer than that${'x'.repeat(100)}`;
    expect(newPart(Buffer.from(text), Buffer.from(other)).toString()).toBe(other);
  });
});
