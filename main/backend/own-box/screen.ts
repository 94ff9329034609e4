import type { BoxState } from '../../contract/box/state.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { LiveValue } from '../target/live-value.ts';
import type { Log } from '../log.ts';
import type { Account } from './account.ts';
import type { AgentClient } from './agent-client.ts';
import type { Apps } from './apps.ts';
import type { ShownCode } from './code.ts';

/** What is not told by the agent itself on the box's own screen: key, code, who is paired, how far the setup is. */
export function createScreen(parts: {
  agent: AgentClient;
  apps: Apps;
  account: Account;
  state: LiveValue<BoxState | undefined>;
  code: LiveValue<ShownCode | undefined>;
  log: Log;
}) {
  const { agent, apps, account, state, code, log } = parts;
  let base: { fingerprint: string; port: number; problem?: string } | undefined;
  let shown = '';
  let connected = false;
  const draw = (): void => {
    const now = agent.now.value;
    // A new agent knows nothing of what the former one was told.
    if (now.connected && !connected) shown = '';
    connected = now.connected;
    if (!base || !now.connected) return;
    const digits = code.value;
    const names = apps.list().map(({ name }) => name.slice(0, 100));
    const words = state.value && (state.value.stage === now.state?.stage && state.value.words === now.state.words ? undefined : state.value.words); // prettier-ignore
    const problem = base.problem ?? problemOf(state.value, now.state?.problem?.code);
    const ask = {
      do: 'show' as const,
      fingerprint: base.fingerprint,
      port: base.port,
      ...(digits && { code: digits }),
      apps: account.name === undefined ? names : [...names, `account ${account.name}`],
      ...(words !== undefined && { words: words.slice(0, 500) }),
      ...(problem !== undefined && { problem: problem.slice(0, 500) }),
    };
    const text = JSON.stringify(ask);
    if (text === shown) return;
    shown = text;
    agent.ask(ask).catch((error: unknown) => {
      shown = ''; // tried again with the next change
      const away = error instanceof ProblemError && error.problem.code === 'agent-away';
      if (!away) log.warn({ err: error }, 'the screen could not be drawn');
    });
  };
  return {
    on(what: { fingerprint: string; port: number; problem?: string }): void {
      base = what;
      shown = '';
      draw();
    },
    draw,
  };
}

/** The agent shows its own. */
function problemOf(state: BoxState | undefined, ofAgent: string | undefined): string | undefined {
  const problem = state?.problem;
  if (!problem || problem.code === ofAgent || problem.code === 'agent-away') return undefined;
  return `${problem.title}: ${problem.detail}`;
}
