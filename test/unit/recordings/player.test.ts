import { describe, expect, it } from 'vitest';
import type { RecordedEvent, RecordingMoment } from '../../../main/contract/recordings.ts';
import { clock, isName, nameOfFile } from '../../../renderer/features/recordings/names.ts';
import { Player } from '../../../renderer/features/recordings/player/player.ts';
import type { PlayerState } from '../../../renderer/features/recordings/player/player.ts';

const event = (t: number): RecordedEvent => ({ kind: 'serial', t, machine: 0, data: String(t) });
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A recording of a minute with something each second, and a clock that is turned by hand. */
function lab(options: { length?: number; piece?: number; fail?: boolean } = {}) {
  const { length = 60_000, piece = 7000 } = options;
  const events = Array.from({ length: length / 1000 + 1 }, (_, n) => event(n * 1000));
  let now = 5000;
  let held: (() => void)[] | undefined;
  const shown: string[] = [];
  const asked: number[] = [];
  const states: PlayerState[] = [];
  const answer = async <T>(value: T): Promise<T> => {
    if (held) await new Promise<void>((resolve) => held?.push(resolve));
    if (options.fail) throw new Error('gone');
    return value;
  };
  const player = new Player({
    length,
    source: {
      moment: (at) => answer<RecordingMoment>({ t: at, machines: [] }),
      events(from, to) {
        asked.push(from);
        const until = Math.min(to, from + piece);
        return answer({ events: events.filter(({ t }) => t >= from && t < until), ...(until < to && { next: until }) });
      },
    },
    sink: { reset: ({ t }) => void shown.push(`reset ${t}`), show: ({ t }) => void shown.push(String(t)) },
    changed: (state) => void states.push(state),
    now: () => now,
  });
  return {
    player, shown, asked, states,
    /** Lets so many milliseconds pass, in frames. */
    pass: async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 50) {
        now += Math.min(50, left);
        player.tick();
        await soon();
      }
    },
    hold: () => (held = []),
    release: async () => { const all = held ?? []; held = undefined; for (const each of all) each(); await soon(); await soon(); },
  };
} // prettier-ignore

describe('the player', () => {
  it('shows each event once, when it is its time, at its speed, and stops at the end', async () => {
    const { player, shown, pass } = lab();
    await player.seek(0);
    await soon();
    expect(shown).toEqual(['reset 0']);
    player.play();
    await pass(3020);
    expect(shown).toEqual(['reset 0', '1000', '2000', '3000']);
    player.setSpeed(8);
    await pass(4000);
    expect(shown.slice(1).map(Number)).toEqual(Array.from({ length: 35 }, (_, n) => (n + 1) * 1000));
    expect(Math.round(player.state.at)).toBe(35_020);
    player.setSpeed(0.5);
    await pass(2000);
    expect(Math.round(player.state.at)).toBe(36_020);
    player.setSpeed(8);
    await pass(5000);
    expect(player.state).toMatchObject({ at: 60_000, playing: false, waiting: false });
    expect(shown.at(-1)).toBe('60000');
    expect(new Set(shown).size).toBe(shown.length);
    player.setSpeed(1);
    player.play();
    await soon();
    await pass(1100);
    expect(shown.slice(-2)).toEqual(['reset 0', '1000']);
  });

  it('goes on from where it was put, and forgets what was under way', async () => {
    const { player, shown, pass, hold, release } = lab();
    await player.seek(0);
    player.play();
    await pass(1500);
    hold();
    const [first, second] = [player.seek(40_000), player.seek(20_500)];
    expect(player.state).toMatchObject({ at: 20_500, waiting: true, playing: true });
    await pass(500); // time stands still while it looks
    expect(player.state.at).toBe(20_500);
    await release();
    await Promise.all([first, second]);
    await pass(1000);
    expect(shown).toEqual(['reset 0', '1000', 'reset 20500', '21000']);
    player.pause();
    await pass(5000);
    expect(Math.round(player.state.at)).toBe(21_500);
    await player.seek(-5);
    expect(player.state.at).toBe(0);
    await player.seek(1e9);
    expect(player.state.at).toBe(60_000);
  });

  it('waits where it does not know yet, and asks ahead', async () => {
    const { player, shown, asked, pass, hold, release } = lab();
    await player.seek(0);
    await soon();
    hold();
    player.play();
    await pass(20_000);
    expect(player.state.waiting).toBe(true);
    expect(player.state.at).toBeLessThan(11_000);
    expect(new Set(asked).size).toBe(asked.length);
    const before = shown.length;
    await release();
    await pass(2000);
    expect(player.state.waiting).toBe(false);
    expect(shown.length).toBeGreaterThan(before);
    expect(shown.slice(1).map(Number)).toEqual(shown.slice(1).map((_, n) => (n + 1) * 1000));
  });

  it('says what went wrong instead of waiting for ever', async () => {
    const { player } = lab({ fail: true });
    await player.seek(0);
    expect(player.state).toMatchObject({ waiting: false, playing: false });
    expect(String(player.state.problem)).toContain('gone');
  });
});

describe('names and times', () => {
  it('are what file systems and people take', () => {
    expect(['a', 'A b (2)', 'ünï'].every(isName)).toBe(true);
    expect(['', ' ', '.a', 'a/b', 'a%', 'a\u0007', 'x'.repeat(61)].some(isName)).toBe(false);
    for (const file of ['web.hearthrec', '../../etc/passwd', '...', '.hearthrec', `${'x'.repeat(200)}.hearthrec`, 'a:b?.bin'])
      expect([nameOfFile(file), isName(nameOfFile(file))]).toEqual([nameOfFile(file), true]);
    expect(nameOfFile('my talk.v2.hearthrec')).toBe('my talk.v2');
    expect([0, 59_999, 61_000, 3_727_000].map(clock)).toEqual(['0:00', '0:59', '1:01', '1:02:07']);
  }); // prettier-ignore
});
