import type { AgentState } from '../../contract/box/agent.ts';
import type { BoxHello, BoxStage, BoxState, PairedApp } from '../../contract/box/state.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import type { SetupFile } from './setup.ts';

/** What the state of a box is made of. */
export interface StateParts {
  agent: AgentState;
  /** Whether the agent answers now. */
  connected: boolean;
  setup: SetupFile;
  account: boolean;
  apps: PairedApp[];
  /** The install of the appliance, while it is remembered. */
  task?: Task | undefined;
  busy?: NonNullable<BoxState['busy']> | undefined;
  /** Of the last action that did not hold. */
  trouble?: Problem | undefined;
  /** Its cluster is brought to its new address: words while that is done, and what went wrong. */
  address?: { words?: string | undefined; problem?: Problem | undefined };
  version: string;
}

/** The whole state of the box: what its agent knows and what is set up above it. Pure, but for the time. */
export function boxState(parts: StateParts): BoxState {
  const { agent, setup, task } = parts;
  const stage = stageOf(agent, setup);
  const busy = agent.busy ?? parts.busy;
  const problem =
    parts.trouble ??
    parts.address?.problem ??
    (agent.stage === 'setup' && setup.appliance === 'failed' ? setup.problem : undefined) ??
    agent.problem ??
    (parts.connected ? undefined : agentAway);
  const progress = stage === 'appliance' ? progressOf(task) : agent.progress;
  const { boxId, image, addresses, network, stick, disks, countdown, wishes, update } = agent;
  return {
    boxId,
    name: wishes.hostName,
    version: parts.version,
    image,
    stage,
    words: busy?.words ?? parts.address?.words ?? wordsOf(stage, parts),
    ...(problem && { problem }),
    ...(progress && { progress }),
    addresses,
    network,
    ...(stick && { stick }),
    ...(disks && { disks }),
    ...(countdown && { countdown }),
    wishes,
    setup: {
      account: parts.account,
      named: setup.named,
      network: setup.network,
      appliance: setup.appliance,
      ...(setup.applianceTask && { applianceTask: setup.applianceTask }),
      ...(setup.storage && { storage: setup.storage }),
      ...(setup.poolSize !== undefined && { poolSize: setup.poolSize }),
      finished: setup.finished,
    },
    ...(setup.bring.length > 0 && { bring: setup.bring }),
    apps: parts.apps,
    ...(update && { update }),
    ...(busy && { busy }),
    at: new Date().toISOString(),
  };
}

/** What anyone may know. Pure. */
export const boxHello = (
  { boxId, name, stage, version, apps }: BoxState,
  open: { code: boolean; secret: boolean },
): BoxHello => ({ hearth: 'box', boxId, name, stage, version, pairing: { ...open, paired: apps.length > 0 } });

export function stageOf({ stage }: AgentState, setup: SetupFile): BoxStage {
  if (stage !== 'setup') return stage;
  if (setup.appliance === 'installing') return 'appliance';
  if (!setup.finished) return 'setup';
  return setup.appliance === 'failed' ? 'trouble' : 'ready';
}

function wordsOf(stage: BoxStage, { agent, setup, task, account, apps }: StateParts): string {
  const later =
    setup.labs.length > 0 ? ` A stick brings no labs along (${setup.labs.join(', ')}): see the page Labs.` : '';
  const missing = setup.bring.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const failed = missing.length > 0 ? ` Not brought along yet: ${missing.join(', ')}.` : '';
  switch (stage) {
    case 'appliance':
      return `Installing k3s, KubeVirt and CDI${task?.detail ? `: ${task.detail}` : ''}`;
    case 'setup':
      if (setup.appliance === 'failed') return 'The appliance could not be installed';
      if (setup.appliance === 'ready') return `The cluster is ready; finish the setup.${failed}${later}`;
      return account || apps.length > 0 ? 'Waiting to be set up' : 'Waiting for its owner: pair an app, or sign in at its pages'; // prettier-ignore
    case 'ready':
      return `${setup.appliance === 'ready' ? 'Ready' : 'Ready, without a cluster'}.${failed}${later}`;
    case 'trouble':
      return agent.stage === 'trouble' ? agent.words : 'The appliance could not be installed';
    case 'checking':
    case 'choosing':
    case 'countdown':
    case 'installing':
    case 'installed':
    case 'trying':
      return agent.words;
  }
}

function progressOf(task: Task | undefined): BoxState['progress'] {
  if (!task) return undefined;
  const done = task.steps.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const within = task.steps.length > 0 ? done / task.steps.length : 0;
  return { fraction: Math.max(task.progress ?? 0, Math.min(1, within)), steps: task.steps.slice(0, 200) };
}

const agentAway: Problem = {
  code: 'agent-away',
  title: 'The part of the box that may change it does not answer',
  detail: 'Disks, network, updates and power cannot be changed just now.',
  cause: 'hearth-agent.service does not run, or starts again just now.',
  fix: 'Wait a minute. At the box: `systemctl status hearth-agent`.',
  kind: 'failed',
};
