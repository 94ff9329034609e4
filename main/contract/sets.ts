import { z } from 'zod';
import { nameSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';

const none = z.object({}).strict();
const path = z.string().min(1).max(4096);
const branch = z.string().max(200).regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'Letters, digits, dots, dashes and slashes; begins with a letter or digit.'); // prettier-ignore
const within = z.string().max(1000).regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$)).*$/, 'A folder below the top, without dots.'); // prettier-ignore

/** What may be taken away that is in the folder no more: nothing, or what Hearth applied; disks only with a word of their own. */
const pruning = { prune: z.boolean().default(false), pruneDisks: z.boolean().default(false) };
/** Which set on its target: what one folder applied before is never taken for another one's. */
const setName = nameSchema.optional();

/** Where the files of a set are: a folder of the backend's computer, or a branch of a repository that is fetched. */
export const setSourceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('folder'), dir: path }),
  z.object({
    type: z.literal('git'),
    /** https://, ssh://, file:// or user@host:path. */
    url: z.string().min(1).max(2000),
    branch: branch.default('main'),
    /** The folder of the set in it. */
    within: within.default(''),
    /** Seconds between two looks. */
    every: z.number().int().min(5).max(86_400).default(300),
  }),
]);
export type SetSource = z.output<typeof setSourceSchema>;

/** Something wrong with a file of a set. Lines count from 1; 0: the file as a whole. */
export interface SetFinding {
  file: string;
  line: number;
  message: string;
}
/**
 * missing: of it only a place holder is in the folder, and it is not there. only there: on the target, not in the folder, and
 * stays. keep: would be removed, and is not (`detail` says why).
 */
export type SetWord = 'create' | 'change' | 'unchanged' | 'refused' | 'missing' | 'remove' | 'keep' | 'only there';
/** What becomes, or became, of one object. */
export interface SetObject {
  kind: string;
  apiVersion: string;
  namespace?: string;
  name: string;
  /** Where it stands; absent where it is on the target alone. */
  file?: string;
  line?: number;
  word: SetWord;
  detail?: string;
  /** Paths of the fields that differ, without what is in them: it may be secret. */
  fields?: string[];
}
/** What applying a set would do. Nothing is done where there are findings. */
export interface SetPlan {
  name: string;
  /** What is checked out, where the folder is a repository. */
  commit?: string;
  objects: SetObject[];
  findings: SetFinding[];
}
/** What an apply did. */
export interface SetResult {
  name: string;
  /** ISO 8601. */
  at: string;
  commit?: string;
  /** How many of each; `failed` ones and findings are listed. */
  created: number;
  changed: number;
  unchanged: number;
  removed: number;
  /** What was not done, object by object: refused, missing, kept. */
  told: SetObject[];
  findings: SetFinding[];
  /** Why nothing could be looked at or applied: git failed, the target does not answer. */
  problem?: { title: string; detail: string; fix?: string };
  ok: boolean;
}
/** What an export wrote. */
export interface SetExport {
  dir: string;
  /** Files, relative to the folder. */
  written: string[];
  unchanged: number;
  removed: string[];
  /** Files that somebody else wrote or changed: they are left as they are. */
  foreign: string[];
  /** What is on the target and in no file, or not wholly, and why. */
  left: string[];
}
/** How the current target stands with sets. */
export interface SetState {
  follow?: { name: string; source: SetSource; prune: boolean; pruneDisks: boolean };
  /** It is looked at or applied now. */
  busy: boolean;
  last?: SetResult;
}

const applying = z.object({ dir: path, name: setName, ...pruning });

/** Everything declarative of a target as a folder of YAML: out, in, and kept in step. */
export const setProcedures = {
  export: call<SetExport>()(
    z.object({
      dir: path,
      namespaces: z.array(nameSchema).max(500).default([]),
      overwrite: z.boolean().default(false),
    }),
  ),
  plan: call<SetPlan>()(applying),
  /** Throws `set-unreadable` where a file is wrong: then nothing is changed. */
  apply: call<{ taskId: string }>()(applying),
  /** The current target is kept in step with it while Hearth runs; in place of what it followed before. */
  follow: call<void>()(z.object({ source: setSourceSchema, name: setName, ...pruning })),
  /** It is followed no more; what was applied stays. */
  forget: call<void>()(none),
  /** Looks at what is followed now. Resolves with what came of it. */
  applyNow: call<SetResult>()(none),
  watch: stream<SetState>()(none),
} as const;
