import { describe, expect, it } from 'vitest';
import { createPainter } from '../../../../main/backend/boxes/agent/screen/painter.ts';
import { qrLines } from '../../../../main/backend/boxes/agent/screen/code.ts';
import { render } from '../../../../main/backend/boxes/agent/screen/view.ts';
import type { View } from '../../../../main/backend/boxes/agent/screen/view.ts';
import type { AgentState } from '../../../../main/contract/box/agent.ts';
import type { BoxDisk } from '../../../../main/contract/box/state.ts';

const disk = (name: string, more: Partial<BoxDisk> = {}): BoxDisk => ({ name, model: 'Samsung SSD 990 PRO 1TB', serial: `S6Z2NF0W${name}`, size: 1_000_204_886_016, transport: 'nvme', rotational: false, content: 'Windows, 4 partitions', partitions: [], ...more }); // prettier-ignore
const state = (more: Partial<AgentState> = {}): AgentState => ({
  boxId: 'ab'.repeat(16),
  image: { version: '0.2.0', medium: 'stick' },
  stage: 'setup',
  words: 'The box runs. Its pages are at the address below.',
  addresses: [
    { interface: 'eth0', kind: 'ethernet', mac: '52:54:00:12:34:56', address: '192.168.178.120', link: true },
  ],
  network: { current: { addressing: { method: 'dhcp' } } },
  wishes: { hostName: 'attic', keyboard: 'us', timeZone: 'UTC', language: 'en' },
  enrolment: false,
  ...more,
});
const shown = { fingerprint: '0123456789abcdef'.repeat(4), port: 8443, code: { digits: '12345678', until: 2000 }, apps: ['Desk'] }; // prettier-ignore
const views: Record<string, View> = {
  checking: { state: state({ stage: 'checking', words: 'The stick is read.', progress: { fraction: 0.42, steps: [] } }), choosing: { typed: '' }, now: 1000 },
  choosing: { state: state({ stage: 'choosing', words: 'The disk is chosen in the app or at the console of the box.', disks: [disk('nvme0n1'), disk('sda', { refused: { code: 'removable', why: 'It is removable, or connected by USB: a box lives on a disk inside the computer.' } })] }), shown, choosing: { typed: '' }, now: 1000 },
  question: { state: state({ stage: 'choosing', disks: [disk('nvme0n1')] }), choosing: { chosen: 'nvme0n1', typed: 'ab', wrong: 'What was typed is not the end of the serial number.' }, now: 1000 },
  countdown: { state: state({ stage: 'countdown', countdown: { disk: disk('nvme0n1'), secondsLeft: 17 }, disks: [disk('nvme0n1')] }), shown, choosing: { typed: '' }, now: 1000 },
  setup: { state: state(), shown, choosing: { typed: '' }, now: 1000 },
  trouble: { state: state({ stage: 'trouble', words: 'This stick cannot be used.', problem: { code: 'image-damaged', title: 'This image is damaged', detail: 'hearth/live/root.squashfs: Its content is not the one that was signed. '.repeat(8), fix: 'Write the stick again; if it happens again, use another stick.', kind: 'failed' } }), choosing: { typed: '' }, now: 1000 },
  manyDisks: { state: state({ stage: 'choosing', disks: Array.from({ length: 30 }, (_, index) => disk(`sd${index}`)) }), choosing: { typed: '' }, now: 1000 },
  hostile: { state: state({ words: `\u001B[2J\u0007${'x'.repeat(500)}` }), shown: { ...shown, apps: ['\u001B]0;evil\u0007', '☃'.repeat(60)] }, choosing: { typed: '' }, now: 1000 },
}; // prettier-ignore
const text = (view: View | undefined, columns = 80, rows = 25): string[] =>
  view ? render(view, { columns, rows }).map((line) => line.text) : [];

describe('the screen of the box', () => {
  for (const [columns, rows] of [
    [80, 25],
    [100, 30],
    [240, 67],
    [40, 12],
  ] as const)
    it.each(Object.keys(views))(`fits ${columns}x${rows}: %s`, (name) => {
      const lines = text(views[name], columns, rows);
      expect(lines).toHaveLength(rows);
      for (const line of lines) {
        expect(line.length).toBeLessThan(columns);
        expect(line).toMatch(/^[ -~\u00A1-\u00FF█▀▄░]*$/);
      }
    });

  it('shows address, code in two fours, fingerprint, apps and a picture of the address', () => {
    const all = text(views['setup']).join('\n');
    expect(all).toContain('https://192.168.178.120:');
    expect(all).toContain('Code: 1234 5678');
    expect(all).toContain('0123 4567 89ab cdef');
    expect(all).toContain('Paired with: Desk');
    const picture = qrLines(`https://192.168.178.120:8443/#${shown.fingerprint}`);
    for (const line of picture) expect(all).toContain(line);
  });

  it('shows IPv6 where there is nothing else: in brackets, whole, with its picture; link-local ones for the app alone', () => {
    const six = (...ipv6: string[]): View => ({ ...(views['setup'] as View), state: state({ addresses: [{ interface: 'eth0', kind: 'ethernet', mac: '52:54:00:12:34:56', link: true, ipv6 }] }) });
    const wide = six('fd00::20', 'fe80::5054:ff:fe12:3456');
    const all = text(wide, 100, 30).join('\n');
    expect(all).toContain('https://[fd00::20]:8443  (eth0)');
    expect(all).not.toContain('fe80');
    for (const line of qrLines(`https://[fd00::20]:8443/#${shown.fingerprint}`)) expect(all).toContain(line);
    const long = '2001:db8:1234:5678:5054:ff:fe12:3456';
    const narrow = text(six(long), 40, 20).map((line) => line.trim()).join('');
    expect(narrow).toContain(`https://[${long}]:8443`);
    const near = text(six('fe80::5054:ff:fe12:3456'), 100, 30).join('\n');
    expect(near).toContain('fe80::5054:ff:fe12:3456  (eth0)');
    expect(near).not.toContain('https://');
    expect(near).not.toContain('▄');
    expect(text({ ...wide, state: state({ addresses: [{ interface: 'eth0', kind: 'ethernet', mac: '', link: true }] }) }).join('\n')).toContain('No address yet');
  }); // prettier-ignore

  it('leaves the picture out where it would push the words away', () => {
    expect(text(views['setup'], 60, 20).join('\n')).not.toContain('▄');
  });

  it('does not show a code that ran out, nor pages that are not there', () => {
    const late = { ...views['setup'], now: 3000 } as View;
    expect(text(late).join('\n')).not.toContain('1234 5678');
    const { shown: _, ...before } = views['setup'] as View;
    expect(text(before).join('\n')).not.toContain('https://');
  });

  it('asks for the letters of the disk that was picked, and says what is on it', () => {
    const all = text(views['question']).join('\n');
    expect(all).toContain('Windows, 4 partitions');
    expect(all).toContain('> ab_');
    expect(all).toContain('Esc: back');
  });

  it('says what is wrong and what to do', () => {
    const all = text(views['trouble']).join('\n');
    expect(all).toContain('This image is damaged');
    expect(all).toContain('What to do: Write the stick again');
  });

  it('writes only lines that changed', () => {
    let out = '';
    const painter = createPainter({ size: () => ({ columns: 80, rows: 25 }), write: (more) => (out += more), onKey: () => undefined, close: () => undefined }); // prettier-ignore
    const checking = views['checking'] as View;
    painter.draw(checking);
    expect(out).toContain('\u001B[2J');
    out = '';
    painter.draw(checking);
    expect(out).toBe('');
    painter.draw({ ...checking, state: { ...checking.state, progress: { fraction: 0.6, steps: [] } } });
    expect(out.match(/\[\d+;1H/g)).toHaveLength(1);
  });
});
