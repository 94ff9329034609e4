import { z } from 'zod';
import type { Content, RootAction, RootStep } from './plan.ts';

/** The two ends of the line to the root helper; docs/root-helper.md describes both. */

type FileStep = RootStep & { readonly action: Extract<RootAction, { kind: 'file' }> };

const mostSteps = 500;
const mostBytes = 1024 * 1024;
const idForm = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * A plan as the helper reads it. Throws a RangeError for anything that it would refuse: control characters, anything but
 * ASCII, empty fields, ids that are none or twice, too many steps. `fileOf` gives hash and size of a file's content.
 */
export function planText(
  purpose: string,
  steps: readonly RootStep[],
  fileOf: (step: FileStep) => { readonly sha256: string; readonly size: number },
): string {
  if (!/^[a-z][a-z-]{0,30}$/.test(purpose)) throw new RangeError(`not a purpose: ${JSON.stringify(purpose)}`);
  if (steps.length === 0 || steps.length > mostSteps) throw new RangeError(`a plan has 1 to ${mostSteps} steps, not ${steps.length}`);
  const seen = new Set<string>();
  const lines = steps.map((step) => {
    if (!idForm.test(step.id)) throw new RangeError(`not the id of a step: ${JSON.stringify(step.id)}`);
    if (seen.has(step.id)) throw new RangeError(`two steps are called ${step.id}`);
    seen.add(step.id);
    return ['step', step.id, step.action.kind, ...fields(step, fileOf)].map(checked).join('\t');
  });
  const text = [['hearth-plan', '1', purpose, String(steps.length)].join('\t'), ...lines, `end\t${steps.length}`, ''].join('\n');
  if (text.length > mostBytes) throw new RangeError('the plan is larger than 1 MiB');
  return text;
} // prettier-ignore

/** The fields of a step after its kind, in the order of the table in docs/root-helper.md. */
function fields(step: RootStep, fileOf: (step: FileStep) => { sha256: string; size: number }): string[] {
  const { action } = step;
  switch (action.kind) {
    case 'dir':
      return [action.mode, action.path];
    case 'claim':
      return [action.path];
    case 'file': {
      const { sha256, size } = fileOf({ ...step, action });
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`not a SHA-256: ${JSON.stringify(sha256)}`);
      return [action.mode, whole(size), sha256, action.path];
    }
    case 'modules':
      return [...action.names];
    case 'sysctl':
      return [action.key, action.value];
    case 'enable':
    case 'start':
    case 'restart':
    case 'stop':
      return [action.unit];
    case 'wait-unit':
      return [action.unit, whole(action.seconds)];
    case 'handover':
      return [whole(action.uid), whole(action.seconds)];
    case 'group':
      return [action.user, action.group];
    case 'firewall':
      return [action.tool, action.source];
    case 'pool-file':
      return [whole(action.size)];
    case 'pool-disk':
      return [action.disk];
    case 'backup':
    case 'restore':
    case 'drop-backup':
      return [action.name];
    case 'kill-pods':
      return [];
    case 'token':
      return [whole(action.hours)];
  }
}
const whole = (value: number): string => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`);
  return String(value);
};
const checked = (field: string): string => {
  if (!/^[\x20-\x7e]+$/.test(field))
    throw new RangeError(`a field of a plan holds what no field may: ${JSON.stringify(field)}`);
  return field;
};

/** What must be staged, by step. */
export const contents = (
  steps: readonly RootStep[],
): { readonly id: string; readonly path: string; readonly content: Content }[] =>
  steps.flatMap(({ id, action }) =>
    action.kind === 'file' ? [{ id, path: action.path, content: action.content }] : [],
  );

/** Longer lines are not looked at: the helper never says as much. */
const longestLine = 64 * 1024;
const said = z.string().max(longestLine);
const count = z.number().int().min(0);
const eventSchema = z.union([
  z.object({ event: z.literal('hello'), version: z.literal(1), purpose: said, steps: count }),
  z.object({
    event: z.literal('step'),
    n: count,
    id: said,
    state: z.enum(['running', 'done', 'skipped', 'failed']),
    detail: said.optional(),
    /** What the step hands back: a join token, the size of a backup. */
    value: said.optional(),
    code: said.optional(),
  }),
  z.object({ event: z.literal('log'), level: z.enum(['info', 'warning', 'error']), text: said }),
  z.object({ event: z.literal('end'), ok: z.literal(true) }),
  z.object({
    event: z.literal('end'),
    ok: z.literal(false),
    /** Number of the step that failed; absent when none was begun. */
    failed: count.optional(),
    id: said.optional(),
    code: said.optional(),
    text: said.optional(),
  }),
]);
export type HelperEvent = z.infer<typeof eventSchema>;

/** One line of the helper; undefined when it is none, whatever it is. Never throws. */
export function parseEvent(line: string): HelperEvent | undefined {
  if (line.length > longestLine) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    // Not JSON: somebody else spoke (a login banner, a warning of sudo).
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const event = eventSchema.safeParse(value);
  return event.success ? event.data : undefined;
}
