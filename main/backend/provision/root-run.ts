import { createHash } from 'node:crypto';
import { ProblemError } from '../../contract/problem.ts';
import { bootstrapArgv } from '../../../provisioning/bootstrap.ts';
import type { RootAction, RootStep } from '../../../provisioning/plan.ts';
import { parseEvent, planText } from '../../../provisioning/wire.ts';
import type { HelperEvent } from '../../../provisioning/wire.ts';
import type { Fetched } from './fetch/fetcher.ts';
import type { Place, StagedFile } from './place.ts';
import { elevationProblem, endProblem } from './root-problems.ts';

/** The script that runs as root, as it was shown. */
export interface Helper {
  text: string;
  sha256: string;
}
export interface RootContext {
  helper: Helper;
  signal: AbortSignal;
  /** For sudo, where it asks. */
  password?: string | undefined;
  terminal?: boolean | undefined;
  /** What the person is told where a dialog shows it. */
  reason: string;
  log: (level: 'info' | 'warning' | 'error', text: string, step?: string) => void;
  onStep?: (step: RootStep, event: Extract<HelperEvent, { event: 'step' }>) => void;
  onStaging?: (bytes: number, total: number) => void;
}
export interface RootResult {
  /** What steps handed back, by their id (a join token). Never logged. */
  values: Record<string, string>;
  /** Steps that held already. */
  skipped: number;
}

/** Where packages put the script, owned by root; used only when it is the very text that was shown. */
const installedHelper = '/usr/libexec/hearth/root-helper';
/** Milliseconds for everything that root does in one run: images of 2 GB on a slow disk, a disk being made a pool. */
const longest = 2 * 3600_000;
/** Steps whose `value` is taken: a join token, the size of a backup. */
const handsBack = new Set<RootAction['kind']>(['token', 'backup']);
/** Lines of the helper that could not be understood and are still logged. */
const mostGarbled = 20;

/**
 * Runs the root part of a plan at a place: stages the contents, asks once for root, follows the helper line by line.
 * Every other end than success is a Problem; what was done until then stands in the ledger, and the next run goes on.
 */
export async function runRoot(
  place: Place,
  plan: { purpose: string; steps: readonly RootStep[]; fetched: ReadonlyMap<string, Fetched> },
  context: RootContext,
): Promise<RootResult> {
  const { steps, files } = stagedContents(plan.steps, plan.fetched, context);
  if (steps.length === 0) return { values: {}, skipped: 0 };
  const text = planText(plan.purpose, steps, ({ id }) => {
    const file = files.get(id);
    if (!file) throw new Error(`no content of step ${id}`);
    return { sha256: file.sha256, size: file.size };
  });
  const planFile = ofBytes(Buffer.from(text));
  const folder = await stageAll(place, [...files.values(), planFile], context);
  await must(place, ['ln', '-f', `${folder}/${planFile.sha256}`, `${folder}/plan`]);
  const values: Record<string, string> = {};
  let skipped = 0;
  const titles = new Map(steps.map(({ id, title }) => [id, title]));
  await callHelper(place, folder, ['apply', folder, planFile.sha256], { ...context, titles }, (event) => {
    if (event.event !== 'step') return;
    const step = steps.find(({ id }) => id === event.id);
    if (!step) return context.log('warning', `The helper named a step that is not in the plan: ${event.id}`);
    if (event.state === 'skipped') skipped += 1;
    if (event.state === 'done' && handsBack.has(step.action.kind) && event.value) values[step.id] = event.value;
    if (event.state !== 'running')
      context.log(
        event.state === 'failed' ? 'error' : 'info',
        `${step.title}: ${event.state}${event.detail ? ` (${printable(event.detail)})` : ''}`,
        step.title,
      );
    context.onStep?.(step, event);
  });
  return { values, skipped };
}

/** Undoes the whole ledger, newest first. What differs from before is told as log lines. */
export async function removeAll(
  place: Place,
  options: { keepDisks: boolean; onCount?: (steps: number) => void; onStep?: (n: number, id: string) => void },
  context: RootContext,
): Promise<{ differences: string[] }> {
  const folder = await stageAll(place, [], context);
  const differences: string[] = [];
  let comparing = false;
  await callHelper(place, folder, ['remove', ...(options.keepDisks ? ['--keep-disks'] : [])], context, (event) => {
    if (event.event === 'step') {
      comparing = event.id === 'compare' && event.state === 'running';
      const detail = event.detail ? ` (${printable(event.detail)})` : '';
      if (event.state !== 'running')
        context.log(event.state === 'failed' ? 'error' : 'info', `${printable(event.id)}: ${event.state}${detail}`);
      options.onStep?.(event.n, event.id);
    } else if (event.event === 'hello') options.onCount?.(event.steps);
    else if (comparing && event.event === 'log' && event.level === 'warning') differences.push(event.text);
  });
  return { differences };
}

/** One call of the helper, from the prompt to its last line. Throws the Problem of any other end than success. */
async function callHelper(
  place: Place,
  folder: string,
  args: readonly string[],
  { titles = new Map(), ...context }: RootContext & { titles?: ReadonlyMap<string, string> },
  onEvent: (event: HelperEvent) => void,
): Promise<void> {
  const { helper, signal, log } = context;
  let end: Extract<HelperEvent, { event: 'end' }> | undefined;
  let hello = false;
  let failed: Extract<HelperEvent, { event: 'step' }> | undefined;
  let garbled = 0;
  const last: string[] = [];
  const stopFile = `${folder}/stop`;
  await must(place, ['rm', '-f', stopFile]);
  // A signal does not reach what became root; a file in our own folder does, at the next step.
  const stop = (): void => {
    log('info', 'Told to stop; the step it is at is finished first.');
    must(place, ['touch', stopFile]).catch((error: unknown) =>
      log('warning', `It could not be told: ${String(error)}`),
    );
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const there = await place.read(installedHelper);
    const argv =
      there && sha256(there) === helper.sha256
        ? [installedHelper, ...args]
        : bootstrapArgv(`${folder}/${helper.sha256}`, helper.sha256, args);
    const outcome = await place.elevate(argv, {
      signal,
      timeoutMs: longest,
      reason: context.reason,
      ...(context.password !== undefined && { password: context.password }),
      ...(context.terminal && { terminal: true }),
      onLine(line) {
        const event = parseEvent(line);
        if (!event) {
          garbled += 1;
          if (garbled <= mostGarbled) log('warning', `A line of the helper was not understood: ${printable(line)}`);
          return;
        }
        if (event.event === 'hello') hello = true;
        else if (event.event === 'log') {
          log(event.level, printable(event.text));
          last.push(event.text);
          if (last.length > 40) last.shift();
        } else if (event.event === 'end') end = event;
        else if (event.state === 'failed') failed = event;
        onEvent(event);
      },
    });
    if (outcome.outcome !== 'ran') throw elevationProblem(outcome, argv);
    // Told to stop when it was all but done: the shell around it ends by the signal, and all is done.
    if (end?.ok === true && (outcome.code === 0 || signal.aborted)) return;
    throw endProblem({
      code: outcome.code,
      stderr: outcome.stderr,
      hello,
      end,
      failed,
      last,
      stopped: signal.aborted,
      titles,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Contents by the id of their step. A step whose optional download is not here is left out, and told of. */
function stagedContents(
  all: readonly RootStep[],
  fetched: ReadonlyMap<string, Fetched>,
  { log }: RootContext,
): { steps: RootStep[]; files: Map<string, StagedFile> } {
  const files = new Map<string, StagedFile>();
  const steps = all.filter((step) => {
    const { action } = step;
    if (action.kind !== 'file') return true;
    const file = contentOf(action, fetched);
    if (!file) {
      log('info', `${step.title}: not here, left out.`, step.title);
      return false;
    }
    files.set(step.id, file);
    return true;
  });
  return { steps, files };
}

function contentOf(
  { content }: Extract<RootAction, { kind: 'file' }>,
  fetched: ReadonlyMap<string, Fetched>,
): StagedFile | undefined {
  if (content.from === 'text') return ofBytes(Buffer.from(content.text));
  if (content.from === 'bytes') return ofBytes(content.bytes);
  const file = fetched.get(content.name);
  return file && { sha256: file.sha256, size: file.size, content: { path: file.path } };
}

async function stageAll(place: Place, files: readonly StagedFile[], context: RootContext): Promise<string> {
  const unique = new Map(files.map((file) => [file.sha256, file]));
  const helper = ofBytes(Buffer.from(context.helper.text));
  unique.set(helper.sha256, helper);
  const { folder } = await place.stage([...unique.values()], {
    signal: context.signal,
    onProgress: (bytes, total) => context.onStaging?.(bytes, total),
  });
  return folder;
}

async function must(place: Place, argv: readonly string[]): Promise<void> {
  const result = await place.run(argv);
  if (result.code === 0) return;
  throw new ProblemError({
    code: 'staging-failed',
    title: `Files could not be prepared on ${place.title}`,
    detail: result.stderr.trim() || `${argv[0] ?? ''} ended with ${String(result.code)}.`,
    fix: 'See whether the disk is full, then start again.',
    command: argv.join(' '),
  });
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const ofBytes = (bytes: Uint8Array): StagedFile => ({
  sha256: sha256(bytes),
  size: bytes.length,
  content: { bytes },
});
/** Whatever a broken program prints must not reach a terminal as control characters. */
const printable = (text: string): string =>
  text
    .slice(0, 500)
    // oxlint-disable-next-line no-control-regex -- these are what must go
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\u00b7');
