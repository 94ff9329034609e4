import { z } from 'zod';
import {
  chooseDiskSchema,
  stopCountdownSchema,
  trySchema,
  backToInstallSchema,
  nameBoxSchema,
  networkSchema,
  keepNetworkSchema,
} from './actions.ts';
import type { Enrolment, BoxWishes } from './settings.ts';
import type { BoxAddress, BoxDisk, BoxStage, BoxState, BoxUpdateState, PairedApp } from './state.ts';
import type { BoxHealth, BoxImageFacts, BoxLogs } from './upkeep.ts';
import type { Problem } from '../problem.ts';
import type { TaskStep } from '../task.ts';

/**
 * Between the box's root agent and its own Hearth, which has no privilege: JSON lines over a Unix socket
 * (`/run/hearth/agent.sock`, group `hearth`). A question `{ id, ask }` is answered by `{ id, answer }` or `{ id, problem }`;
 * `{ state }` comes unasked, first at once and then whenever it changes.
 */
export const agentAskSchema = z.union([
  chooseDiskSchema,
  stopCountdownSchema,
  trySchema,
  backToInstallSchema,
  nameBoxSchema,
  networkSchema,
  keepNetworkSchema,
  /** Virtual machines were told before: that is the asker's part. */
  z.strictObject({ do: z.enum(['reboot', 'power-off']) }),
  /** `path`: a signed image file below /var/lib/hearth/box/incoming. Into the other slot; restarts into it when `restart`. */
  z.strictObject({ do: z.literal('update'), path: z.string().max(4096), restart: z.boolean() }),
  /** `path`: the `.json` of an image, in the same folder. Would that image be taken? Answers what was signed about it. */
  z.strictObject({ do: z.literal('check-update'), path: z.string().max(4096) }),
  z.strictObject({ do: z.literal('roll-back') }),
  /** The new version proved healthy in what the asker sees (its pages answer, its cluster too where it did before). */
  z.strictObject({ do: z.literal('keep-version') }),
  z.strictObject({ do: z.literal('factory-reset'), wipe: z.boolean() }),
  /** What tty1 shows beside the agent's own knowledge. */
  z.strictObject({
    do: z.literal('show'),
    fingerprint: z.string().max(64),
    port: z.number().int(),
    code: z.object({ digits: z.string().max(8), until: z.number() }).optional(),
    apps: z.array(z.string().max(100)),
    words: z.string().max(500).optional(),
    problem: z.string().max(500).optional(),
  }),
  z.strictObject({ do: z.literal('enrolment') }),
  /** Erases the secret from stick and memory: it was used, or is void. */
  z.strictObject({ do: z.literal('enrolment-spent') }),
  z.strictObject({ do: z.literal('wishes') }),
  z.strictObject({ do: z.literal('health') }),
  z.strictObject({ do: z.literal('logs'), lines: z.number().int().min(1).max(20_000) }),
  /** What only root may read of the system (units, network, disks ...), secrets taken out: for a bundle of logs. */
  z.strictObject({ do: z.literal('log-files') }),
]);
export type AgentAsk = z.infer<typeof agentAskSchema>;

/** What each question is answered with; the others with nothing. */
export interface AgentAnswers {
  network: { id: string; seconds: number };
  enrolment: Enrolment | null;
  wishes: BoxWishes;
  health: BoxHealth;
  'check-update': BoxImageFacts;
  logs: BoxLogs;
  'log-files': { path: string; what: string; text: string }[];
}

/** What root knows. The box's own Hearth adds setup, apps and its cluster, and shows the whole as `BoxState`. */
export interface AgentState {
  boxId: string;
  image: BoxState['image'];
  stage: Exclude<BoxStage, 'appliance' | 'ready'>;
  words: string;
  problem?: Problem;
  progress?: { fraction: number; steps: TaskStep[] };
  addresses: BoxAddress[];
  network: BoxState['network'];
  stick?: NonNullable<BoxState['stick']>;
  disks?: BoxDisk[];
  countdown?: { disk: BoxDisk; secondsLeft: number };
  wishes: BoxState['wishes'];
  /** A stick's enrolment secret is at hand and not yet expired. */
  enrolment: boolean;
  update?: BoxUpdateState;
  busy?: NonNullable<BoxState['busy']>;
}
export type { PairedApp };
