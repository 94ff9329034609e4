import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../machine/qemu/agent.ts';
import type { Machine } from '../machine/qemu/machine.ts';

/** A guest that has just begun to run again may be busy; it is asked so often, so far apart (ms). */
const tries = 15;
const between = 2000;
const question = 'guest-set-time';

/**
 * A guest that goes on from its memory believes that no time has passed: its clock would stay behind by the age of the
 * snapshot, and certificates and builds fail by it. Its agent is told the time. Returns why that was not possible (no
 * agent, or one that finds no /sbin/hwclock beside it: qga/commands-posix.c).
 */
export async function setClock(machine: Machine): Promise<string | undefined> {
  for (let left = tries; !machine.outcome; left -= 1)
    try {
      // Nanoseconds since 1970, beyond what a number holds exactly: a millisecond is good enough.
      await machine.agent((ask) => ask(question, { time: Date.now() * 1_000_000 }));
      return undefined;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // An agent that answers is not asked twice.
      if (left <= 1 || error.message.startsWith(question)) return error.message;
      await delay(between, undefined, { ref: false });
    }
  return undefined;
}
