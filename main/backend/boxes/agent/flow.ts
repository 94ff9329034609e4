import type { chooseDiskSchema } from '../../../contract/box/actions.ts';
import type { AgentState } from '../../../contract/box/agent.ts';
import type { BoxDisk } from '../../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { z } from 'zod';
import { chosenDisk } from './disks/decide.ts';
import type { Decision } from './disks/decide.ts';
import { diskName } from './disks/name.ts';
import type { AgentParts, InstallOrder, UpkeepWork } from './parts.ts';
import type { StateStore } from './state.ts';
import type { StickWords } from './stick-settings.ts';

type Choice = z.output<typeof chooseDiskSchema>;
export interface StickFlow {
  /** Resolves when the stick is verified and the first decision is made. */
  begin(): Promise<void>;
  /** Starts the installation; throws why it does not. */
  choose(choice: Choice): Promise<void>;
  stopCountdown(): void;
  tryLive(): void;
  backToInstall(): Promise<void>;
  /** A key while it waits to be switched off. */
  switchOff(): void;
  close(): Promise<void>;
}
export interface FlowParts extends Pick<AgentParts, 'log' | 'disks' | 'verify' | 'stickThere' | 'cutPower'> {
  upkeep: Pick<UpkeepWork, 'powerOff'>;
  state: StateStore;
  stick: StickWords;
  /** Of the moment the installation begins. */
  order: () => Omit<InstallOrder, 'disk' | 'reinstall'>;
  second: number;
}
const countdown = 30;
const switchOffAfter = 60;
/** Seconds between looks at the disks, and within which a disk that comes late still counts for the stick's rule. */
const lookAgain = 3;
const lateDisks = 20;

/** The way of a stick: checked, then tried live, or a disk chosen and installed, then switched off. */
export function createFlow(parts: FlowParts): StickFlow {
  const { state, stick, disks, log, second } = parts;
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** Somebody is there: nothing starts by itself any more. */
  let touched = false;
  let waited = 0;
  let looking = false;
  let work: Promise<void> | undefined;
  let off: (() => void) | undefined;

  const stage = (): AgentState['stage'] => state.now.stage;
  const enter = (next: AgentState['stage'], words: string, more: { problem?: Problem | undefined; countdown?: AgentState['countdown'] } = {}): void => {
    state.set({ stage: next, words, progress: undefined, countdown: more.countdown, problem: more.problem ?? stick.problem });
  }; // prettier-ignore
  const every = (task: () => void): void => {
    clearInterval(timer);
    timer = setInterval(task, second);
  };

  const check = async (): Promise<boolean> => {
    const facts = { settings: stick.settings, installId: stick.installId };
    state.set({ stage: 'checking', words: 'The stick is read and compared with its signed list.', stick: { verified: 'checking', ...facts } }); // prettier-ignore
    let told = -1;
    try {
      await parts.verify({
        signal: ending.signal,
        onProgress(done, total) {
          const percent = total > 0 ? Math.floor((done / total) * 100) : 0;
          if (percent === told) return;
          told = percent;
          state.set({ progress: { fraction: percent / 100, steps: [] } });
        },
      });
      state.set({ stick: { verified: 'good', ...facts }, progress: undefined });
      return true;
    } catch (error) {
      if (ending.signal.aborted) return false;
      log.error({ err: error }, 'the stick is not good');
      enter('trouble', 'This stick cannot be used. Nothing was changed on this computer.', {
        problem: asProblem(error),
      });
      state.set({ stick: { verified: 'damaged', ...facts }, disks: undefined });
      return false;
    }
  };

  /** Lists the disks; undefined when that failed, which then stands in the state. */
  const look = async (): Promise<BoxDisk[] | undefined> => {
    try {
      const found = await disks.list();
      state.set({ disks: found });
      return found;
    } catch (error) {
      log.error({ err: error }, 'the disks cannot be listed');
      state.set({ problem: asProblem(error) });
      return undefined;
    }
  };
  const follow = (decision: Decision): void => {
    switch (decision.do) {
      case 'already-installed':
        // The power went between the last two steps, or the stick could not be written to then.
        if (stick.settings && !stick.done)
          parts.disks
            .settle({ ...parts.order(), disk: decision.disk, reinstall: false })
            .catch((error: unknown) => log.warn({ err: error }, 'the stick could not be told that its work is done'));
        return waitForEnd(`${decision.why} Remove the stick; the computer then starts from that disk.`);
      case 'install':
      case 'resume':
        return count(decision);
      case 'confirm':
        return wait(decision.why);
    }
  };
  const wait = (words: string, problem?: Problem): void => {
    enter('choosing', words, { problem });
    every(() => void watchDisks());
  };
  const count = ({ disk, why }: Extract<Decision, { disk: BoxDisk }>): void => {
    let left = countdown;
    enter('countdown', `${why} It is erased unless somebody stops it.`, { countdown: { disk, secondsLeft: left } });
    every(() => {
      left -= 1;
      if (left <= 0) return begin(disk, false);
      state.set({ countdown: { disk, secondsLeft: left } });
      void watchDisks();
    });
  };
  /** Looks again now and then. A countdown ends when the disks no longer say the same; a late disk may begin one. */
  const watchDisks = async (): Promise<void> => {
    waited += 1;
    if (waited % lookAgain !== 0 || looking) return;
    looking = true;
    try {
      const found = await look();
      if (!found || (stage() !== 'countdown' && stage() !== 'choosing')) return;
      const decision = disks.decide(found, parts.order().settings.disk, stick.installId);
      const named = 'disk' in decision ? decision.disk.name : undefined;
      if (stage() === 'countdown' && named !== state.now.countdown?.disk.name) {
        touched = true;
        wait(`The disks changed, so the countdown was stopped. ${decision.why}`);
      } else if (stage() === 'choosing' && !touched && waited <= lateDisks && named !== undefined) follow(decision);
    } finally {
      looking = false;
    }
  };

  const begin = (disk: BoxDisk, reinstall: boolean): void => {
    clearInterval(timer);
    touched = true;
    enter('installing', `Installing on ${diskName(disk)}. Do not switch off.`);
    work = parts.disks
      .install(
        { ...parts.order(), disk, reinstall },
        ({ fraction, steps, words }) => state.set({ progress: { fraction, steps }, words }),
        ending.signal,
      )
      .then(
        (problem) => waitForEnd(`Hearth is installed on ${diskName(disk)}. Remove the stick; the computer switches off, and starts as your box when you switch it on.`, problem),
        async (error: unknown) => {
          if (ending.signal.aborted) return;
          log.error({ err: error }, 'the installation failed');
          await look();
          wait('The installation did not succeed. Choose a disk to try again.', asProblem(error));
        },
      );
  }; // prettier-ignore

  const waitForEnd = (words: string, problem?: Problem): void => {
    let left = switchOffAfter;
    enter('installed', words, { problem });
    const end = (how: () => Promise<void>): void => {
      clearInterval(timer);
      off = undefined;
      how().catch((error: unknown) => state.set({ problem: asProblem(error) }));
    };
    off = () => end(() => parts.upkeep.powerOff());
    every(() => {
      left -= 1;
      if (left <= 0) return off?.();
      void parts.stickThere().then((there) => {
        if (!there && off) end(() => parts.cutPower());
      });
    });
  };

  const only = (...stages: AgentState['stage'][]): void => {
    if (stages.includes(stage())) return;
    throw new ProblemError({
      code: 'not-now',
      title: 'The box cannot do this now',
      detail: state.now.words,
      fix: 'Wait until it is done, or start the box again.',
      kind: 'denied',
    });
  };

  return {
    async begin() {
      if (!(await check())) return;
      if (parts.order().settings.mode === 'try') return this.tryLive();
      const found = await look();
      if (found) follow(disks.decide(found, parts.order().settings.disk, stick.installId));
      else wait('The disks of this computer cannot be listed.', state.now.problem);
    },
    async choose(choice) {
      only('choosing', 'countdown');
      this.stopCountdown();
      const disk = chosenDisk(await disks.list(), choice);
      only('choosing', 'countdown');
      begin(disk, choice.reinstall);
    },
    stopCountdown() {
      only('countdown', 'choosing');
      touched = true;
      if (stage() === 'countdown') wait('The countdown was stopped. Choose a disk in the app or here.');
    },
    tryLive() {
      only('checking', 'choosing', 'countdown');
      clearInterval(timer);
      touched = true;
      enter('trying', 'It runs from the stick. No disk is touched, and all is forgotten when it is switched off.');
    },
    async backToInstall() {
      only('trying', 'installed');
      if (stage() === 'installed' && work) only('trying');
      off = undefined;
      touched = true;
      await look();
      wait('The disk is chosen in the app or at the console of the box.');
    },
    switchOff: () => off?.(),
    async close() {
      clearInterval(timer);
      off = undefined;
      ending.abort();
      await work;
    },
  };
}
