import type { AgentState } from '../../../contract/box/agent.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { StickFlow } from './flow.ts';
import { numbered } from './screen/disk-lines.ts';
import type { Choosing } from './screen/disk-lines.ts';

/** What keys at the console do. Nothing is erased by less than a number, four right letters and Enter. */
export interface Keyboard {
  readonly choosing: Choosing;
  press(key: string): void;
}
export interface KeyboardParts {
  state: () => AgentState;
  flow: () => StickFlow | undefined;
  powerOff: () => Promise<void>;
  /** Something on the screen changed. */
  changed: () => void;
}

export function createKeyboard({ state, flow, powerOff, changed }: KeyboardParts): Keyboard {
  let choosing: Choosing = { typed: '' };
  let last = '';
  const set = (next: Choosing): void => {
    choosing = next;
    changed();
  };
  const tell = (error: unknown): void => set({ ...choosing, wrong: asProblem(error).detail });

  const confirm = (): void => {
    const disk = state().disks?.find(({ name }) => name === choosing.chosen);
    if (!disk) return set({ typed: '' });
    const { serial, size, wwn } = disk;
    flow()
      ?.choose({
        do: 'choose-disk',
        disk: { serial, size, ...(wwn !== undefined && { wwn }) },
        confirm: choosing.typed,
        reinstall: disk.hearth !== undefined,
      })
      .then(
        () => set({ typed: '' }),
        (error: unknown) => {
          tell(error);
          set({ ...choosing, typed: '' });
        },
      );
  };
  const whileTyping = (key: string): void => {
    if (key === '\u001B') return set({ typed: '' });
    if (key === '\r' || key === '\n') return confirm();
    if (key === '\u007F' || key === '\b') return set({ ...choosing, typed: choosing.typed.slice(0, -1) });
    if (/^[ -~]$/.test(key) && choosing.typed.length < 16) set({ ...choosing, typed: choosing.typed + key });
  };
  const whileChoosing = (key: string): void => {
    if (choosing.chosen !== undefined) return whileTyping(key);
    const disk = /^[1-9]$/.test(key) ? numbered(state().disks ?? [])[Number(key) - 1] : undefined;
    if (disk) set({ chosen: disk.name, typed: '' });
    else if (key === 't') flow()?.tryLive();
    else twice(key);
  };
  /** One slip of a finger switches nothing off. */
  const twice = (key: string): void => {
    if (key === 'p' && last === 'p') powerOff().catch(tell);
  };

  const act = (key: string): void => {
    const { stage, busy } = state();
    if (busy) return;
    if (stage === 'countdown') flow()?.stopCountdown();
    else if (stage === 'choosing') whileChoosing(key);
    else if (stage === 'installed') flow()?.switchOff();
    else if (stage === 'trying' && key === 'i') flow()?.backToInstall().catch(tell);
    else if (stage === 'trying' || stage === 'trouble') twice(key);
  };
  return {
    get choosing() {
      return choosing;
    },
    press(key) {
      try {
        act(key);
      } catch (error) {
        tell(error);
      }
      last = key;
    },
  };
}
