import type { AgentAsk } from '../../../contract/box/agent.ts';
import type { BoxWishes } from '../../../contract/box/settings.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { EnrolmentKeeper } from './enrolment.ts';
import type { StickFlow } from './flow.ts';
import type { NetworkTrial } from './network-trial.ts';
import type { UpkeepWork } from './parts.ts';
import type { Shown } from './screen/view.ts';
import type { StateStore } from './state.ts';
import { withoutSecrets } from './wishes.ts';
import type { WishKeeper } from './wishes.ts';
import type { OnProgress } from './upkeep/steps.ts';

export interface AskParts {
  state: StateStore;
  /** Only from a stick. */
  flow: StickFlow | undefined;
  wishes: WishKeeper;
  trial: NetworkTrial;
  enrolment: EnrolmentKeeper;
  upkeep: UpkeepWork;
  show: (shown: Shown) => void;
  onProgress: OnProgress;
  /** Wishes, enrolment or update changed: the state is to be told anew. */
  changed: () => Promise<void>;
}

/** Answers the questions of the socket; throws Problems. */
export function createAsks(parts: AskParts): (ask: AgentAsk) => Promise<unknown> {
  const { flow, wishes, trial, enrolment, upkeep, state } = parts;
  const fromStick = (): StickFlow => {
    if (flow) return flow;
    throw denied('box-installed', 'This box runs from its own disk', 'Only a box that was started from a stick can be installed.');
  }; // prettier-ignore
  /** Upkeep does one thing at a time by itself; what is written by the installer must not be cut off either. */
  const alone = async (work: () => Promise<void>): Promise<void> => {
    if (state.now.stage === 'installing') throw denied('box-busy', 'The box is busy', state.now.words);
    try {
      await work();
    } finally {
      await parts.changed();
    }
  };
  const nameBox = async (change: Partial<BoxWishes>): Promise<void> => {
    await wishes.change(change);
    const problems = await wishes.apply();
    await parts.changed();
    const [first] = problems;
    if (first) throw new ProblemError(all(first, problems));
  };

  return async (ask) => {
    switch (ask.do) {
      case 'choose-disk':
        return fromStick().choose(ask);
      case 'stop-countdown':
        return fromStick().stopCountdown();
      case 'try':
        return fromStick().tryLive();
      case 'back-to-install':
        return fromStick().backToInstall();
      case 'name': {
        const { hostName, keyboard, timeZone, language } = ask;
        return nameBox({ hostName, ...(keyboard && { keyboard }), ...(timeZone && { timeZone }), ...(language && { language }) }); // prettier-ignore
      }
      case 'network':
        return trial.start(ask.network);
      case 'keep-network':
        return trial.keep(ask.trial);
      case 'reboot':
        return alone(() => upkeep.reboot());
      case 'power-off':
        return alone(() => upkeep.powerOff());
      case 'update':
        return alone(() => upkeep.update({ path: ask.path, restart: ask.restart }, parts.onProgress));
      case 'check-update':
        return upkeep.checkUpdate(ask.path);
      case 'roll-back':
        return alone(() => upkeep.rollBack());
      case 'keep-version':
        await upkeep.keepVersion();
        return parts.changed();
      case 'factory-reset':
        return alone(() => upkeep.factoryReset({ wipe: ask.wipe }));
      case 'show': {
        const { do: _, ...shown } = ask;
        return parts.show(shown);
      }
      case 'enrolment':
        return enrolment.get();
      case 'enrolment-spent':
        try {
          return await enrolment.spend();
        } finally {
          await parts.changed();
        }
      case 'wishes':
        return withoutSecrets(wishes.now);
      case 'health':
        return upkeep.health();
      case 'logs':
        return upkeep.logs({ lines: ask.lines });
      case 'log-files':
        return upkeep.logFiles();
    }
  };
}

const denied = (code: string, title: string, detail: string): ProblemError =>
  new ProblemError({ code, title, detail, fix: 'Wait until it is done, then try again.', kind: 'denied' });

/** The first of several, with the others named. */
export const all = (first: Problem, problems: readonly Problem[]): Problem =>
  problems.length < 2
    ? first
    : { ...first, detail: problems.map(({ title, detail }) => `${title}: ${detail}`).join(' '), fields: Object.assign({}, ...problems.map(({ fields }) => fields ?? {})) as Record<string, string> }; // prettier-ignore
