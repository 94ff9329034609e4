import type { BoxAction, BoxActionResult } from '../../contract/box/actions.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { JoinHere } from '../provision/provision.ts';
import { recommended } from '../../../provisioning/versions.ts';
import { wrongPassword } from './account.ts';
import type { Account } from './account.ts';
import type { AgentClient } from './agent-client.ts';
import type { BoxAppliance } from './appliance.ts';
import type { Apps } from './apps.ts';
import type { Bringing } from './bring.ts';
import type { CodeDoor } from './code.ts';
import { cameOver, notOverIt } from './over-it.ts';
import type { Power } from './power.ts';
import type { Setup } from './setup.ts';

/** Who asks: a paired app may do everything; whoever sits at the pages shows the password before it is changed. */
export type Asker = { type: 'app' | 'page'; /** Address of the box at which it was reached. */ at: string };

export interface ActionParts {
  agent: AgentClient;
  account: Account;
  setup: Setup;
  apps: Apps;
  code: Pick<CodeDoor, 'open'>;
  power: Power;
  appliance: BoxAppliance;
  bringing: Pick<Bringing, 'again'>;
  join: (input: Omit<JoinHere, 'place'>) => Promise<{ taskId: string }>;
  /** The password is another one: sessions of before are over. */
  signOut: () => Promise<void>;
  /** Something was done: what did not hold before is not shown any more. */
  begun: () => void;
  changed: () => void;
  /** The box has this name now. */
  named: (name: string) => Promise<void>;
}

/** Milliseconds a network that is tried, or a name that is put into effect, may take at the agent. */
const agentMs = 60_000;

/** One way for everything that can be asked of this box, from the app and from its pages. Throws Problems. */
export function createActions(parts: ActionParts): (action: BoxAction, by: Asker) => Promise<BoxActionResult> {
  const { agent, account, setup, apps, code, power, appliance } = parts;
  return async (action, by) => {
    parts.begun();
    switch (action.do) {
      case 'choose-disk':
      case 'stop-countdown':
      case 'try':
      case 'back-to-install':
        await agent.ask(action, { timeoutMs: agentMs });
        return {};
      case 'keep-network': {
        const { network, addresses } = agent.now.value.state ?? {};
        const trial = network?.trial;
        if (trial?.id === action.trial && !cameOver(trial, addresses ?? [], by.at)) throw notOverIt(trial, by.at);
        await agent.ask(action, { timeoutMs: agentMs });
        await setup.change({ network: true });
        return {};
      }
      case 'leave-network':
        await setup.change({ network: true });
        return {};
      case 'network':
        return { trial: await agent.ask(action, { timeoutMs: agentMs }) };
      case 'name':
        await agent.ask(action, { timeoutMs: agentMs });
        await setup.change({ named: true });
        await parts.named(action.hostName);
        return {};
      case 'account': {
        const former = account.name;
        if (former !== undefined && by.type === 'page' && !(await account.check(former, action.current ?? '')))
          throw wrongPassword();
        await account.set(action.name, action.password);
        // Whoever got in by the code goes on; sessions of another password are over.
        if (former !== undefined) await parts.signOut();
        parts.changed();
        return {};
      }
      case 'install-appliance':
        return appliance.begin({ storage: action.storage, poolSize: action.poolSize });
      case 'skip-appliance':
        if (appliance.task()?.state === 'running') throw stillInstalling();
        if (setup.now.value.appliance !== 'ready') await setup.change({ appliance: 'skipped', problem: undefined });
        return {};
      case 'bring-again':
        await parts.bringing.again();
        return {};
      case 'finish-setup':
        if (appliance.task()?.state === 'running') throw stillInstalling();
        if (account.name === undefined && apps.list().length === 0) throw nobodysBox();
        await setup.change({ finished: true });
        return {};
      case 'reboot':
        return power.reboot(action.anyway);
      case 'power-off':
        return power.powerOff(action.anyway);
      case 'update':
        return power.update(action.anyway);
      case 'roll-back':
        return power.rollBack(action.anyway);
      case 'factory-reset':
        return power.factoryReset(action.confirm, action.wipe);
      case 'join': {
        const { server, token, nodeName, k3s } = action;
        const result = await parts.join({ server, token, nodeName, versions: { ...recommended, k3s } });
        await setup.change({ appliance: 'skipped', problem: undefined });
        return result;
      }
      case 'new-code':
        code.open();
        return {};
      case 'revoke':
        await apps.remove(action.fingerprint, true);
        return {};
    }
  };
} // prettier-ignore

const stillInstalling = (): ProblemError =>
  new ProblemError({
    code: 'appliance-busy',
    title: 'It is still being installed',
    detail: 'k3s, KubeVirt and CDI are on their way.',
    fix: 'Wait until it is done, or stop it in the list of tasks.',
    kind: 'denied',
  });
const nobodysBox = (): ProblemError =>
  new ProblemError({
    code: 'box-without-owner',
    title: 'Nobody could come back to this box',
    detail: 'It has no account for its pages, and no app is paired with it.',
    fix: 'Make an account first.',
    kind: 'denied',
  });
