import type { LabFile, LabStep } from '../../../contract/labs/file.ts';
import type { LabCheckState, LabRun } from '../../../contract/labs/run.ts';
import { labNamespace } from '../../../contract/labs/words.ts';
import type { Log } from '../../log.ts';
import { createLiveValue } from '../../target/live-value.ts';
import type { LiveValue } from '../../target/live-value.ts';
import type { TaskHandle, Tasks } from '../../tasks/tasks.ts';
import type { Workspace } from '../../targets/workspace.ts';
import type { ActionContext } from '../actions/context.ts';
import { fill } from '../file/fill.ts';
import type { Values } from '../file/fill.ts';
import { defaultUser, userOf } from '../start/build.ts';
import { workClock } from './clock.ts';
import type { CheckWatch } from '../checks/watch.ts';
import type { Doors, LabEyes, LabFaults, LabPlace } from './doors.ts';
import { watchLabFaults } from './follow-faults.ts';
import type { FaultSight } from './follow-faults.ts';
import { watchNamespace } from './live.ts';
import { busy, gone } from './refusals.ts';
import { freshSteps } from './record.ts';
import type { RunFolder, RunRecord, StepRecord } from './record.ts';
import { earlyValues, liveValues } from './values.ts';
import { runView } from './view.ts';

export interface RunnerParts {
  workspace: Workspace;
  tasks: Tasks;
  doors: Doors;
  folder: RunFolder;
  log: Log;
}
export interface JobSpec {
  type: string;
  title: string;
  steps?: string[];
  cancellable?: boolean;
}

/** Milliseconds between two views of one run: pages draw no faster. */
const paceMs = 60;
/** Milliseconds after the last viewer left in which checks go on. */
const lingerMs = 5000;

/**
 * One run of a lab on one target: its record, what is seen of its machines, the checks of its open step, and the one piece
 * of work that goes on. What a learner may do with it is in `learner.ts`, what makes and ends it in `life.ts`.
 */
export class Runner {
  readonly workspace: Workspace;
  readonly tasks: Tasks;
  readonly doors: Doors;
  readonly folder: RunFolder;
  readonly log: Log;
  readonly eyes: LabEyes;
  readonly faults: LabFaults;
  readonly view: LiveValue<LabRun | undefined>;
  lab: LabFile;
  record: RunRecord;
  key = '';
  readonly #sight: ReturnType<typeof watchNamespace>;
  readonly #clock = workClock();
  readonly #over = new AbortController();
  #job: { id: string; done: Promise<unknown> } | undefined;
  #watching: { watch: CheckWatch; stop: AbortController; step: string } | undefined;
  #checks: readonly LabCheckState[] = [];
  #viewers = 0;
  #asking = 0;
  #leaving: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;
  readonly #broken: FaultSight;

  constructor(parts: RunnerParts, lab: LabFile, record: RunRecord) {
    this.workspace = parts.workspace;
    this.tasks = parts.tasks;
    this.doors = parts.doors;
    this.folder = parts.folder;
    this.log = parts.log;
    this.lab = lab;
    this.record = record;
    const place: LabPlace = {
      workspace: parts.workspace,
      namespace: this.namespace,
      folder: parts.folder.path,
      userOf: (name) => this.userOf(name),
      markOf: (name) => this.step()?.marks[name],
    };
    this.eyes = parts.doors.eyes(place);
    this.faults = parts.doors.faults(place);
    this.#broken = watchLabFaults(this.faults, { signal: this.over, changed: () => this.draw(), log: parts.log });
    this.#sight = watchNamespace(parts.workspace.target, this.name, () => this.draw());
    this.view = createLiveValue<LabRun | undefined>(this.#look());
  }
  get name(): string {
    return this.lab.metadata.name;
  }
  get namespace(): string {
    return labNamespace(this.name);
  }
  get over(): AbortSignal {
    return this.#over.signal;
  }
  get busy(): boolean {
    return this.#job !== undefined;
  }
  userOf(name: string): string {
    const machine = this.lab.machines.find((each) => each.name === name);
    return machine ? userOf(machine) : defaultUser;
  }
  early(): Values {
    return earlyValues(this.lab, { random: this.record.values, key: this.key });
  }
  values(): Values {
    return liveValues(this.lab, this.early(), this.#sight.seen);
  }
  /** The open step as it is kept, and as the file has it. */
  step(): StepRecord | undefined {
    return this.record.steps[this.record.step];
  }
  fileStep(): LabStep | undefined {
    return this.lab.steps[this.record.step];
  }
  actions(): ActionContext {
    const { eyes, lab, namespace, workspace, faults, log } = this;
    return { lab, namespace, workspace, ssh: eyes.ssh, faults, folder: this.folder.path, log, look: (probe, options) => eyes.look(probe, options), values: () => this.values() }; // prettier-ignore
  }

  /** Changes the record; it is on disk when this resolves. */
  async keep(change: Partial<RunRecord>): Promise<void> {
    this.record = { ...this.record, ...change, seconds: this.record.seconds + this.#clock.take() };
    this.draw();
    await this.folder.write(this.record);
  }
  /** The same with one step. */
  keepStep(at: number, change: Partial<StepRecord>, more: Partial<RunRecord> = {}): Promise<void> {
    const known = this.record.steps[at];
    if (!known) throw gone(this.name);
    return this.keep({ ...more, steps: this.record.steps.with(at, { ...known, ...change }) });
  }

  /** Runs one piece of work as a task. Throws `lab-busy` while another goes on. */
  work(spec: JobSpec, job: (task: TaskHandle) => Promise<void>): { taskId: string; done: Promise<unknown> } {
    if (this.#job) throw busy(this.name);
    const object = { kind: 'Lab', name: this.name };
    const { id, done } = this.tasks.start({ ...spec, object }, job);
    const over = done.finally(() => {
      if (this.#job?.id === id) this.#job = undefined;
      this.draw();
    });
    this.#job = { id, done: over };
    this.draw();
    return { taskId: id, done: over };
  }
  /** Stops the work that goes on, and waits for it. */
  async interrupt(): Promise<void> {
    const job = this.#job;
    if (!job) return;
    try {
      this.tasks.cancel(job.id);
    } catch (error) {
      this.log.debug({ err: error }, 'work of a lab that cannot be stopped is waited for');
    }
    await job.done;
  }

  /** Looks at the checks of the open step while somebody watches; nothing is looked at otherwise. */
  watchChecks(): void {
    const [step, kept] = [this.fileStep(), this.step()];
    const watched = this.#viewers > 0 || this.#asking > 0 || this.#leaving !== undefined;
    const wanted = this.record.state === 'running' && kept?.state === 'open' && watched ? step : undefined;
    if (this.#watching?.step === wanted?.id) return;
    this.restChecks();
    if (!wanted) return;
    const stop = new AbortController();
    this.#watching = { stop, step: wanted.id, watch: this.#begin(wanted, AbortSignal.any([stop.signal, this.over])) };
  }
  /** Stops looking, and forgets what was seen. */
  restChecks(): void {
    this.#watching?.stop.abort();
    this.#watching = undefined;
    this.#checks = [];
  }
  #begin(step: LabStep, signal: AbortSignal): CheckWatch {
    return this.eyes.watch(step.checks, {
      look: (check, called) => this.eyes.look(fill(check, this.values()), { timeout: check.timeout, signal: called }),
      tell: (states) => {
        this.#checks = states;
        this.draw();
      },
      signal,
    });
  }
  /** The checks of the open step, each looked at once more now. */
  async checksNow(): Promise<readonly LabCheckState[]> {
    this.#asking += 1; // a slow look that nobody watches any more comes to its end, too
    try {
      this.watchChecks();
      const watch = this.#watching?.watch;
      await watch?.now();
      if (watch) this.#checks = watch.states;
    } finally {
      this.#asking -= 1;
    }
    this.draw();
    return this.#checks;
  }

  /** One viewer of the run, until `signal`. */
  async *watch(signal: AbortSignal): AsyncGenerator<LabRun | undefined> {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    this.#viewers += 1;
    this.#active();
    try {
      yield* this.view.watch(AbortSignal.any([signal, this.over]));
    } finally {
      this.#viewers -= 1;
      if (this.#viewers === 0) {
        this.#leaving = setTimeout(() => {
          this.#leaving = undefined;
          this.#active();
        }, lingerMs);
        this.#leaving.unref();
      }
    }
  }
  #active(): void {
    if (this.#viewers > 0 && this.record.state === 'running') this.#clock.go();
    else this.record = { ...this.record, seconds: this.record.seconds + this.#clock.stop() };
    this.watchChecks();
  }

  #look(): LabRun {
    return runView({
      lab: this.lab,
      record: this.record,
      target: this.workspace.target.state.value.name,
      taskId: this.#job?.id,
      seconds: this.record.seconds + this.#clock.now(),
      values: this.values(),
      checks: this.#checks,
      machines: this.#sight.machines(this.lab),
      faults: this.#broken.all(),
    });
  }
  /** Tells viewers what is new, soon. */
  draw(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      if (this.over.aborted) return;
      const next = this.#look();
      this.#broken.follow(this.#sight.seen.machines.map(({ metadata }) => metadata.name ?? ''));
      this.#active();
      if (JSON.stringify(next) !== JSON.stringify(this.view.value)) this.view.set(next);
    }, paceMs);
    this.#drawing.unref();
  }
  /**
   * The file was saved while it runs: texts, hints, checks and scripts are the new ones from now on. Steps are known again
   * by their ids; machines and objects stay as they were made.
   */
  async reload(lab: LabFile, text: string): Promise<void> {
    const open = this.step()?.id;
    const at = Math.max(0, lab.steps.findIndex(({ id }) => id === open)); // prettier-ignore
    const steps = freshSteps(lab).map((fresh, index) => {
      const known = this.record.steps.find(({ id }) => id === fresh.id);
      const kept = known ?? { ...fresh, state: index < at ? ('skipped' as const) : index === at ? ('open' as const) : fresh.state }; // prettier-ignore
      return { ...kept, hints: Math.min(kept.hints, lab.steps[index]?.hints.length ?? 0) };
    });
    this.restChecks();
    this.lab = lab;
    await this.folder.writeLab(text);
    await this.keep({ steps, step: at });
  }

  /** Hearth ends, its tasks have: what is known is kept. */
  async leave(): Promise<void> {
    await this.#job?.done;
    await this.keep({});
    await this.close();
  }

  /** Stops looking; what runs on the target runs on. */
  async close(): Promise<void> {
    this.restChecks();
    clearTimeout(this.#leaving);
    clearTimeout(this.#drawing);
    this.record = { ...this.record, seconds: this.record.seconds + this.#clock.stop() };
    this.#over.abort();
    this.eyes.ssh.close();
    this.#sight.close();
    this.view.set(undefined);
  }
}
