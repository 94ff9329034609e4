import { join } from 'node:path';

/** Where everything of a box is, below `root` ("/" on a box, a folder in tests). */
export interface AgentPlaces {
  root: string;
  /** The FAT that the box was started from: of a stick, or the EFI partition of its disk. Mounted read-only. */
  medium: string;
  /** Of the box's own Hearth; survives the installation. */
  box: string;
  /** Of the agent alone, root only; on a stick in memory. */
  own: string;
  /** What the box was told, without what a stick alone needs. The installer writes the first one. */
  wishes: string;
  /** A network that is being tried, and what to go back to. */
  trial: string;
  /** SHA-256 of the wishes that were put into effect last. */
  applied: string;
  /** A stick's enrolment secret that was not used before the installation. */
  enrolment: string;
  /** Hashes of enrolment secrets that were used. */
  spent: string;
  socket: string;
  /** What the start of the system could not do, in words; absent when all is well. */
  trouble: string;
  commandLine: string;
  mounts: string;
  /** A path of the system below the root folder. */
  at(path: string): string;
}

export function agentPlaces(root = '/'): AgentPlaces {
  const at = (path: string): string => join(root, path);
  const own = at('/var/lib/hearth/agent');
  return {
    root,
    medium: at('/run/hearth/medium'),
    box: at('/var/lib/hearth/box'),
    own,
    wishes: join(own, 'wishes.json'),
    trial: join(own, 'network-trial.json'),
    applied: join(own, 'applied.json'),
    enrolment: join(own, 'enrolment.json'),
    spent: join(own, 'spent.json'),
    socket: at('/run/hearth/agent.sock'),
    trouble: at('/run/hearth/trouble'),
    commandLine: at('/proc/cmdline'),
    mounts: at('/proc/self/mountinfo'),
    at,
  };
}
