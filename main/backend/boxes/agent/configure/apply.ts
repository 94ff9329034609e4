import { asProblem } from '../../../../contract/problem.ts';
import type { Problem } from '../../../../contract/problem.ts';
import type { BoxWishes } from '../../../../contract/box/settings.ts';
import type { AgentPlaces } from '../places.ts';
import { setAuthorities } from './authorities.ts';
import type { Run } from './commands.ts';
import { setHostName } from './host-name.ts';
import { setKeyboard } from './keyboard.ts';
import { setLanguage, setTimeZone } from './locale.ts';
import { setNetwork } from './network.ts';
import { setProxy } from './proxy.ts';
import { setSshKeys } from './ssh.ts';

export interface ApplyParts {
  places: AgentPlaces;
  run: Run;
  /** MAC addresses of the cards that are there. */
  macs: () => Promise<string[]>;
}

/** Puts all wishes into effect. What fails does not keep the others back; resolves with what failed. */
export async function applyWishes({ places, run, macs }: ApplyParts, wishes: BoxWishes): Promise<Problem[]> {
  const problems: Problem[] = [];
  const parts: (() => Promise<void>)[] = [
    () => setHostName(places, run, wishes.hostName),
    async () => setNetwork(places, run, wishes.network, { macs: await macs() }),
    () => setTimeZone(places, run, wishes.timeZone),
    () => setKeyboard(places, run, wishes.keyboard),
    () => setLanguage(places, wishes.language),
    () => setAuthorities(places, run, wishes.ca),
    () => setProxy(places, run, wishes.proxy),
    () => setSshKeys(places, run, wishes.sshKeys),
  ];
  for (const part of parts)
    try {
      await part();
    } catch (error) {
      problems.push(asProblem(error));
    }
  return problems;
}
