import { describe, expect, it } from 'vitest';
import { parseEntry, readJournal } from '../../../../main/backend/boxes/agent/upkeep/journal.ts';
import { withoutSecrets } from '../../../../main/backend/boxes/agent/upkeep/log-secrets.ts';
import type { Run } from '../../../../main/backend/boxes/agent/upkeep/parts.ts';

const entry = (fields: Record<string, unknown>): string => JSON.stringify({ __REALTIME_TIMESTAMP: '1795313161123456', ...fields }); // prettier-ignore
const printing =
  (lines: readonly string[], result: { code?: number | null; timedOut?: boolean; stderr?: string } = {}): Run =>
  async (argv, options) => {
    // As journalctl: the last lines.
    const count = Number(argv[argv.indexOf('-n') + 1]);
    for (const line of lines.slice(-count)) options?.onLine?.(line);
    return { code: 0, stdout: '', stderr: '', timedOut: false, ...result };
  };

describe('a line of the journal', () => {
  it('tells when, who and what', () => {
    expect(parseEntry(entry({ MESSAGE: 'started', _SYSTEMD_UNIT: 'k3s.service' }))).toEqual({ at: '2026-11-22T02:06:01.123Z', unit: 'k3s.service', text: 'started' }); // prettier-ignore
    // What systemd says about a unit stands under that unit.
    expect(parseEntry(entry({ MESSAGE: 'Failed', _SYSTEMD_UNIT: 'init.scope', UNIT: 'hearth.service' }))?.unit).toBe('hearth.service'); // prettier-ignore
    expect(parseEntry(entry({ MESSAGE: 'usb 1-1', _TRANSPORT: 'kernel', SYSLOG_IDENTIFIER: 'kernel' }))?.unit).toBe('kernel'); // prettier-ignore
  });

  it('is read whatever it is made of', () => {
    expect(parseEntry(entry({ MESSAGE: [...Buffer.from('\u001B[31mréd\u001B[0m\u0007')] }))?.text).toBe('réd ');
    expect(parseEntry(entry({ MESSAGE: null }))?.text).toBe('');
    expect(parseEntry(entry({ MESSAGE: ['one', 'two'] }))?.text).toBe('one\ntwo');
    expect(parseEntry(entry({ MESSAGE: 'x'.repeat(100_000) }))?.text).toHaveLength(4000);
    for (const bad of ['', '{', '[]', '{"MESSAGE":"no time"}', '{"__REALTIME_TIMESTAMP":"soon"}'])
      expect(parseEntry(bad)).toBeUndefined();
  });
});

describe('the last lines', () => {
  const many = Array.from({ length: 500 }, (_, index) => entry({ MESSAGE: `line ${index}`, _SYSTEMD_UNIT: 'a.service' })); // prettier-ignore

  it('are as many as asked for, and no more bytes than allowed, the newest', async () => {
    expect((await readJournal(printing(many), { lines: 3 })).lines.map(({ text }) => text)).toEqual(['line 497', 'line 498', 'line 499']); // prettier-ignore
    const { lines } = await readJournal(printing(many), { lines: 500, limit: 1000 });
    expect(lines.at(-1)?.text).toBe('line 499');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThan(20);
  });

  it('come with what went wrong', async () => {
    const slow = await readJournal(printing(many, { code: null, timedOut: true }), { lines: 2 });
    expect(slow.lines).toHaveLength(2);
    expect(slow.problem?.code).toBe('journal-unreadable');
    const broken = await readJournal(printing([], { code: 1, stderr: 'No journal files\n' }), { lines: 2 });
    expect(broken).toMatchObject({ lines: [], problem: { output: ['No journal files'] } });
    const none: Run = () => Promise.reject(new Error('no such program'));
    expect((await readJournal(none, { lines: 2 })).problem?.detail).toBe('no such program');
  });
});

describe('secrets in lines', () => {
  const line = (text: string, unit = 'a.service') => ({ at: '2026-11-22T02:06:01.123Z', unit, text });
  const body = [
    'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
    'VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu',
  ];

  it('are taken out', () => {
    const texts = withoutSecrets([line('psk=correct-horse-battery'), line('GET https://u:pa55word1@host/'), line('K10' + 'a'.repeat(40) + '::server:abcdef0123456789')]).map(({ text }) => text); // prettier-ignore
    expect(texts.join('\n')).not.toMatch(/correct-horse|pa55word1|abcdef0123456789/);
  });

  it('that are private keys over lines go as a whole, other units stay', () => {
    const kept = withoutSecrets([
      line('key: -----BEGIN PRIVATE KEY-----'),
      line(body[0] ?? ''),
      line('of another', 'b.service'),
      line(body[1] ?? ''),
      line('-----END PRIVATE KEY-----'),
      line('after'),
    ]);
    expect(kept.map(({ text }) => text)).toEqual(['key: [redacted]', 'of another', 'after']);
  });

  it('that are cut off at either end go as well', () => {
    const tail = withoutSecrets([line('of another', 'b.service'), line(body[0] ?? ''), line(body[1] ?? ''), line('-----END EC PRIVATE KEY-----'), line('after')]); // prettier-ignore
    expect(tail.map(({ text }) => text)).toEqual(['of another', '[redacted]', 'after']);
    const head = withoutSecrets([line('-----BEGIN RSA PRIVATE KEY-----'), line('Proc-Type: 4,ENCRYPTED'), line(body[0] ?? ''), line('error: stopped')]); // prettier-ignore
    expect(head.map(({ text }) => text)).toEqual(['[redacted]', 'error: stopped']);
  });
});
