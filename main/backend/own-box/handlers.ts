import type { BoxState } from '../../contract/box/state.ts';
import type { BoxAction, BoxActionResult } from '../../contract/box/actions.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { LiveValue } from '../target/live-value.ts';
import type { Account } from './account.ts';
import type { Asker } from './actions.ts';
import type { AgentClient } from './agent-client.ts';
import type { Apps } from './apps.ts';
import type { ShownCode } from './code.ts';
import type { Runner } from './machines-told.ts';
import type { PageUpdate } from './page-update.ts';
import { resetPreview } from './reset-preview.ts';

/** Milliseconds the agent may take to look at its disks, or to read its journal. */
const lookMs = 60_000;

/** The contract's `ownBox` on a box, for a page that reached it at `at`. */
export function createHandlers(parts: {
  agent: AgentClient;
  state: LiveValue<BoxState | undefined>;
  /** The code on the screen; undefined: none is shown. */
  code: LiveValue<ShownCode | undefined>;
  act: (action: BoxAction, by: Asker) => Promise<BoxActionResult>;
  runners: () => Runner[];
  apps: Apps;
  account: Account;
  data: string;
  at: string;
  update: PageUpdate;
}): ContractHandlers['ownBox'] {
  const { agent, state, code, act } = parts;
  return {
    async *watch(_input, { signal }) {
      for await (const _ of either(state, code, signal)) {
        if (state.value === undefined) continue;
        const shown = code.value;
        yield {
          box: true,
          state: state.value,
          ...(shown && {
            code: { digits: shown.digits, secondsLeft: Math.max(0, Math.round((shown.until - Date.now()) / 1000)) },
          }),
        };
      }
    },
    act: ({ action }) => act(action, { type: 'page', at: parts.at }),
    health: () => agent.ask({ do: 'health' }, { timeoutMs: lookMs }),
    async resetPreview() {
      const { state: known } = agent.now.value;
      if (!known) throw notKnown();
      const { apps, account, data } = parts;
      return resetPreview({ runners: parts.runners(), agent: known, apps: apps.list(), account: account.name, data });
    },
    logs: ({ lines }) => agent.ask({ do: 'logs', lines }, { timeoutMs: lookMs }),
    offerUpdate: ({ note }) => parts.update.offer(note),
    takeUpdate: ({ uploadId }) => parts.update.take(uploadId),
    dropUpdate: ({ uploadId }) => parts.update.drop(uploadId),
  };
}

/** A turn whenever one of the two changed; the first at once. */
async function* either(one: LiveValue<unknown>, other: LiveValue<unknown>, signal: AbortSignal): AsyncGenerator<void> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  let changed = true;
  let wake: (() => void) | undefined;
  const listen = async (value: LiveValue<unknown>): Promise<void> => {
    for await (const _ of value.watch(both)) {
      changed = true;
      wake?.();
    }
  };
  const listening = Promise.all([listen(one), listen(other)]).then(() => wake?.());
  try {
    while (!both.aborted) {
      if (changed) {
        changed = false;
        yield;
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    over.abort();
    await listening;
  }
}

export const notKnown = (): ProblemError =>
  new ProblemError({
    code: 'agent-away',
    title: 'The box does not know itself yet',
    detail: 'The part of it that knows its disks and network has not answered since it started.',
    fix: 'Wait a minute. At the box: `systemctl status hearth-agent`.',
  });
