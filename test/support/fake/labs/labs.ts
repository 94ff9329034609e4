import type { Api } from '../../../../main/contract/contract.ts';
import type { DeletedLab } from '../../../../main/contract/labs/labs.ts';
import { worth } from '../../../../main/contract/labs/score.ts';
import type { LabCheckState, LabRow, LabRun, LabStepState } from '../../../../main/contract/labs/run.ts';
import type { MachineRow, YamlFinding } from '../../../../main/contract/machine.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import { rowKeys } from '../../../../main/contract/row-keys.ts';
import type { Task } from '../../../../main/contract/task.ts';
import { minutesAgo } from '../boxes/data.ts';
import { FakeList, FakeValue, pause } from '../live.ts';
import { machineRow } from '../machines.ts';
import { work } from '../work.ts';
import { fileText, firstVm, long, networks, preview, rows } from './rows.ts';
import { FakeDemos } from './demos.ts';
import type { DemoScenario } from './demos.ts';
import { firstSteps, longSteps, networkSteps } from './steps.ts';

export type LabScenario = 'some' | 'none' | 'busy' | 'short';
export type RunScenario =
  'starting' | 'running' | 'solved' | 'trouble' | 'failed' | 'rewinding' | 'ending' | 'finished' | 'three' | 'long';
export interface FakeLabsOptions {
  /** none: no lab at all; busy: another lab runs; short: there is not enough memory for any. */
  labs?: LabScenario | undefined;
  /** How the lab first-vm (three: networks; long: the one with long names) goes. */
  run?: RunScenario | undefined;
  /** How its demonstration goes. */
  demo?: DemoScenario | undefined;
}
type Answer = <T>(what: string, value: T) => Promise<T>;
type Runs = Map<string, FakeValue<{ run?: LabRun }>>;

const passed = (check: LabCheckState): LabCheckState => {
  const { told: _told, ...rest } = check;
  return { ...rest, state: 'passed', at: new Date().toISOString() };
};
const failed = (check: LabCheckState, told?: string): LabCheckState => ({ ...check, state: 'failed', at: new Date().toISOString(), ...(told !== undefined && { told }) }); // prettier-ignore

const deletedLab = (id: string, name: string, title: string, days: number): DeletedLab => ({ id, name, title, deletedAt: minutesAgo(days * 1440), until: minutesAgo((days - 7) * 1440), by: 'ada', held: 48_213 }); // prettier-ignore

/** Labs in memory: a check passes some moments after something was typed or done for the learner. */
export class FakeLabs {
  #bin: FakeValue<{ row?: LabRow; entry: DeletedLab }[]>;
  #answer: Answer;
  #tasks: FakeList<Task>;
  #machines: FakeList<MachineRow>;
  #rows: FakeList<LabRow>;
  #runs: Runs = new Map();
  #short: boolean;
  readonly #demos = new FakeDemos();
  constructor(
    options: FakeLabsOptions & { scenario?: string | undefined },
    tasks: FakeList<Task>,
    machines: FakeList<MachineRow>,
    answer: Answer,
  ) {
    this.#tasks = tasks;
    this.#machines = machines;
    this.#answer = answer;
    const bare = options.labs === 'none' || options.scenario === 'empty' || options.scenario === 'first-run';
    this.#bin = new FakeValue(bare ? [] : [{ entry: deletedLab('b3b0c0de-0000-4000-8000-000000000001', 'old-routing', 'Routing, the first try', 2) }]); // prettier-ignore
    this.#short = options.labs === 'short';
    this.#rows = new FakeList<LabRow>(rowKeys.lab, options.labs === 'none' ? [] : [...rows, ...(options.run === 'long' ? [long] : [])]); // prettier-ignore
    if (options.labs === 'busy') this.#put(this.#fresh('my-lab', 'running'));
    if (options.run) this.#begin(options.run);
    if (options.demo) this.#demos.begin('first-vm', options.demo);
  }

  #value(lab: string): FakeValue<{ run?: LabRun }> {
    const known = this.#runs.get(lab) ?? new FakeValue<{ run?: LabRun }>({});
    this.#runs.set(lab, known);
    return known;
  }
  #put(run: LabRun | undefined, lab = run?.lab ?? ''): void {
    this.#value(lab).set(run ? { run } : {});
    const row = this.#rows.rows.get(lab);
    if (!row) return;
    const { running: _running, ...rest } = row;
    this.#rows.put({ ...rest, ...(run && { running: run.state }) });
  }
  #run(lab: string): LabRun {
    const { run } = this.#value(lab).value;
    if (!run) throw new ProblemError({ code: 'lab-not-running', title: 'It does not run', detail: `The lab ${lab} does not run here.`, fix: 'Start it first.' }); // prettier-ignore
    return run;
  }

  #fresh(lab: string, state: LabRun['state']): LabRun {
    const row = this.#rows.rows.get(lab);
    const steps = lab === networks.name ? networkSteps : lab === long.name ? longSteps : firstSteps;
    const names = lab === networks.name ? ['left', 'right', 'router'] : lab === long.name ? ['a-machine-with-a-name-as-long-as-it-may-be-in-a-lab-like-this', 'b'] : ['web']; // prettier-ignore
    const namespace = `lab-${lab}`;
    for (const [n, name] of names.entries())
      this.#machines.put({ ...machineRow(0), uid: `uid-${lab}-${name}`, namespace, name, addresses: [`10.0.2.${15 + n}`] }); // prettier-ignore
    return {
      lab,
      title: row?.title ?? lab,
      target: 'quick-lab',
      state,
      startedAt: minutesAgo(3),
      seconds: 185,
      step: 0,
      steps: steps.map((step, n) => ({ ...step, state: n === 0 ? 'open' : 'closed' })),
      score: { reached: 0, of: steps.reduce((sum, { score }) => sum + score, 0) },
      machines: names.map((name, n) => ({ namespace, name, running: true, user: 'hearth', forwards: [{ port: 80, host: 30_080 + n }] })),
      faults: [],
    };
  } // prettier-ignore
  #at(run: LabRun, index: number): LabRun {
    const steps = run.steps.map((step, n): LabStepState => {
      if (n < index) return { ...step, state: 'passed', reached: step.score, checks: step.checks.map(passed), checkpoint: { at: minutesAgo(8 - 2 * n), memory: n !== 1, seconds: 1.4 } }; // prettier-ignore
      if (n === index) return { ...step, state: 'open', checks: step.checks.map((check) => failed(check)), checkpoint: { at: minutesAgo(1), memory: true, seconds: 1.8 } }; // prettier-ignore
      return { ...step, state: 'closed' };
    });
    return { ...run, step: index, steps, score: { ...run.score, reached: steps.reduce((sum, { reached = 0 }) => sum + reached, 0) } }; // prettier-ignore
  }
  #step(run: LabRun, index: number, change: (step: LabStepState) => LabStepState): LabRun {
    return { ...run, steps: run.steps.map((step, n) => (n === index ? change(step) : step)) };
  }

  #begin(scenario: RunScenario): void {
    const lab = scenario === 'three' ? networks.name : scenario === 'long' ? long.name : firstVm.name;
    const run = this.#fresh(lab, 'running');
    const second = this.#at(run, 1);
    switch (scenario) {
      case 'starting':
        return this.#make(lab);
      case 'running':
        return this.#put(this.#step(second, 1, (step) => ({ ...step, hints: ['The page is one file: `/var/www/index.html`.'], hintsLeft: 2, checks: step.checks.map((check, n) => (n === 0 ? passed(check) : failed(check, '"It works!"'))) }))); // prettier-ignore
      case 'solved':
        return this.#put(this.#step(second, 1, (step) => ({ ...step, reached: 10, checks: step.checks.map(passed) })));
      case 'trouble': {
        const { checkpoint: _none, ...step } = second.steps[1]!;
        const checks = step.checks.map((check, n): LabCheckState => (n === 0 ? failed(check, 'Connection refused') : { ...check, state: 'trouble', told: 'web does not run, so nobody can log in.', at: minutesAgo(0) })); // prettier-ignore
        return this.#put(this.#step(second, 1, () => ({ ...step, checks, noCheckpoint: 'The disk of web was full when this step began.' }))); // prettier-ignore
      }
      case 'failed':
        return this.#put({ ...run, state: 'failed', problem: { code: 'image-checksum', title: 'An image is not the one it should be', detail: 'router-3.2.qcow2 has the checksum 1b4f…, the lab says 9f86….', cause: 'It was changed since the lab was written, or on its way here.', fix: 'Try again. If it stays so, tell the author.', kind: 'failed' } }); // prettier-ignore
      case 'rewinding': {
        const taskId = this.#work('lab-rewind', 'Back to step 1', lab, [['Stop the machines', 6], ['Put the disks back', 20], ['Put the memory back', 30]]); // prettier-ignore
        return this.#put({ ...second, state: 'rewinding', taskId });
      }
      case 'ending': {
        const taskId = this.#work('lab-end', `End ${run.title}`, lab, [['Stop the machines', 20], ['Take everything away', 30]]); // prettier-ignore
        return this.#put({ ...second, state: 'ending', taskId });
      }
      case 'finished':
        return this.#put(this.#finish(this.#at(run, 3)));
      case 'three':
        return this.#put(this.#at(run, 2));
      case 'long':
        return this.#put(this.#at(run, 6));
    }
  }
  #finish(run: LabRun): LabRun {
    const steps = run.steps.map((step, n): LabStepState => {
      if (n === 2) return { ...step, state: 'skipped', reached: 0 };
      if (n === 1) return { ...step, state: 'passed', hints: ['One hint.'], hintsLeft: 2, reached: 8 };
      return { ...step, state: 'passed', reached: step.reached ?? step.score };
    });
    return { ...run, steps, state: 'finished', finishedAt: new Date().toISOString(), seconds: 431, score: { ...run.score, reached: steps.reduce((sum, { reached = 0 }) => sum + reached, 0) }, ending: 'You made a machine and looked at it from all sides.\n\nNext: **networks**.' }; // prettier-ignore
  }
  #work(type: string, title: string, lab: string, steps: [string, number][], then: (state: Task['state']) => void = () => undefined, failAt?: number): string {
    return work(this.#tasks, { type, title, object: { kind: 'Lab', name: lab } }, steps.map(([step, seconds]) => ({ title: step, seconds })), { onEnd: then, failAt, problem: { code: 'ssh-failed', title: 'The command did not work', detail: '`httpd` ended with 1: the port is in use.', fix: 'Stop what uses port 80.', kind: 'failed' } });
  } // prettier-ignore

  #make(lab: string): void {
    const run = this.#fresh(lab, 'starting');
    const taskId = this.#work('lab-start', `Start ${run.title}`, lab, [['Look at what it needs', 0.4], ['Make the machines', 1.6], ['Wait until they run', 2]], (state) => {
      const { taskId: _taskId, ...rest } = run;
      if (state === 'done') this.#put(this.#at({ ...rest, state: 'running', seconds: 0 }, 0));
      else this.#put(undefined, lab);
    }); // prettier-ignore
    this.#put({ ...run, taskId });
  }
  /** The next check that has not passed, or all of them. */
  #pass(lab: string, all: boolean): void {
    const { run } = this.#value(lab).value;
    if (run?.state !== 'running') return;
    this.#put(
      this.#step(run, run.step, (step) => {
        const next = step.checks.findIndex(({ state }) => state !== 'passed');
        const checks = step.checks.map((check, n) => (all || n === next ? passed(check) : check));
        const solved = checks.every(({ state }) => state === 'passed');
        return { ...step, checks, ...(solved && { reached: worth(step.score, step.hints.length) }) };
      }),
    );
  }
  #next(lab: string, skip: boolean): void {
    const run = this.#run(lab);
    const over = this.#step(run, run.step, (step) => ({ ...step, state: skip ? 'skipped' : 'passed', reached: skip ? 0 : (step.reached ?? step.score) })); // prettier-ignore
    const score = { ...run.score, reached: over.steps.reduce((sum, { reached = 0 }) => sum + reached, 0) };
    if (run.step === run.steps.length - 1) {
      this.#put({ ...over, score, state: 'finished', finishedAt: new Date().toISOString(), ending: 'That was it.' });
      const row = this.#rows.rows.get(lab);
      if (row) this.#rows.put({ ...row, best: { score: score.reached, of: score.of, seconds: run.seconds, at: new Date().toISOString() } }); // prettier-ignore
      return;
    }
    const opened = this.#step(over, run.step + 1, (step) => ({ ...step, state: 'open', checks: step.checks.map((check) => failed(check)), checkpoint: { at: new Date().toISOString(), memory: true, seconds: 1.2 } })); // prettier-ignore
    this.#put({ ...opened, score, step: run.step + 1 });
  }
  #rewind(lab: string, step: string): { taskId: string } {
    const run = this.#run(lab);
    const index = run.steps.findIndex(({ id }) => id === step);
    const taskId = this.#work('lab-rewind', `Back to step ${index + 1}`, lab, [['Stop the machines', 0.4], ['Put everything back', 1.2]], () => {
      const { taskId: _taskId, finishedAt: _at, ending: _ending, ...rest } = run;
      this.#put(this.#at({ ...rest, state: 'running' }, index));
    }); // prettier-ignore
    this.#put({ ...run, state: 'rewinding', taskId });
    return { taskId };
  }
  #end(lab: string): { taskId: string } {
    const run = this.#run(lab);
    const taskId = this.#work('lab-end', `End ${run.title}`, lab, [['Stop the machines', 0.6], ['Take everything away', 0.8]], () => {
      for (const machine of run.machines) this.#machines.remove(rowKeys.machine(machine));
      this.#put(undefined, lab);
    }); // prettier-ignore
    this.#put({ ...run, state: 'ending', taskId });
    return { taskId };
  }
  #row(lab: string): LabRow {
    const row = this.#rows.rows.get(lab);
    if (!row) throw new ProblemError({ code: 'lab-unknown', title: 'No such lab', detail: `There is no lab ${lab}.`, fix: 'Go back to the list.' }); // prettier-ignore
    return row;
  }

  api(live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>): Api['labs'] {
    const find = (text: string): YamlFinding[] => [
      ...(text.includes('hostPath') ? [{ severity: 'error' as const, message: 'objects[0].spec: hostPath is not allowed: a lab reaches nothing of this computer.', line: 1 + text.slice(0, text.indexOf('hostPath')).split('\n').length - 1, column: 5, path: 'objects[0].spec' }] : []),
      ...(text.includes('minutes: 500') ? [{ severity: 'warning' as const, message: 'metadata.minutes: nobody learns that long.', line: 7, column: 3, path: 'metadata.minutes' }] : []),
    ]; // prettier-ignore
    const many = (text: string): LabRow => ({ ...this.#rows.rows.get('my-lab')!, name: /name: (\S+)/.exec(text)?.[1] ?? 'my-lab', title: /title: (.+)/.exec(text)?.[1] ?? 'A lab', origin: 'own' }); // prettier-ignore
    let pending: LabRow | undefined;
    return {
      watch: (_input, o) => live(this.#rows.watch(o?.signal)),
      preview: ({ lab }) => this.#answer('The preview', preview(this.#row(lab), this.#short)),
      start: async ({ lab }) => {
        await this.#answer('Starting', undefined);
        this.#make(lab);
        return { taskId: this.#run(lab).taskId ?? '' };
      },
      end: async ({ lab }) => this.#answer('Ending', this.#end(lab)),
      run: ({ lab }, o) => live(this.#watchRun(lab, o?.signal)),
      demo: ({ lab }, o) => live(this.#demos.watch(lab, o?.signal)),
      playDemo: async ({ lab, pace = 1, loop = false }) => this.#demos.play(lab, pace, loop),
      paceDemo: async ({ lab, pace }) => this.#demos.show(lab, { pace }),
      steerDemo: async ({ lab, command }) => this.#demos.steer(lab, command),
      next: async ({ lab, skip }) => {
        await this.#answer('Going on', undefined);
        this.#next(lab, skip ?? false);
      },
      hint: async ({ lab }) => {
        await this.#answer('The hint', undefined);
        const run = this.#run(lab);
        this.#put(this.#step(run, run.step, (step) => ({ ...step, hints: [...step.hints, `Hint number ${step.hints.length + 1}: look at \`ps\`.`], hintsLeft: step.hintsLeft - 1 }))); // prettier-ignore
      },
      check: async ({ lab }) => this.#answer('The checks', void this.#run(lab)),
      act: async ({ lab, block }) => {
        await this.#answer('The action', this.#run(lab));
        const fails = block === 'loose' ? 0 : undefined;
        return { taskId: this.#work('lab-act', block, lab, [[block, 0.8]], (state) => state === 'done' && this.#pass(lab, true), fails) }; // prettier-ignore
      },
      type: async ({ lab }) => {
        await this.#answer('Typing', this.#run(lab));
        setTimeout(() => this.#pass(lab, false), 600);
      },
      rewind: ({ lab, step }) => this.#answer('Going back', this.#rewind(lab, step)),
      solve: async ({ lab }) => ({ taskId: this.#work('lab-solve', 'Solve', lab, [['Solve', 1]], () => this.#pass(lab, true)) }), // prettier-ignore
      validate: async ({ text }) => {
        await pause(80);
        return { findings: find(text) };
      },
      text: ({ lab }) => this.#answer('The file', { text: lab === 'broken-lab' ? `${fileText}objects:\n  - hostPath: /etc\n` : fileText.replace('first-vm', lab) }), // prettier-ignore
      import: async (source) => {
        const text = 'text' in source ? source.text : fileText.replace('first-vm', 'shared-lab').replace('Your first VM', 'A shared lab'); // prettier-ignore
        if ('path' in source && !source.path.includes('lab')) throw new ProblemError({ code: 'lab-file-missing', title: 'There is no such file', detail: `${source.path} was not found on the computer that runs Hearth.` }); // prettier-ignore
        pending = many(text);
        const there = this.#rows.rows.get(pending.name);
        return this.#answer('Looking', { token: 'token-1', preview: preview(pending, this.#short), findings: find(text), ...(there && { replaces: { version: there.version, origin: there.origin } }) }); // prettier-ignore
      },
      keep: async () => {
        await this.#answer('Keeping', undefined);
        if (pending) this.#rows.put(pending);
        return { lab: pending?.name ?? '' };
      },
      export: async ({ lab }) => ({ taskId: this.#work('lab-export', `Export ${lab}`, lab, [['Write', 1]]) }),
      remove: async ({ lab }) => {
        await this.#answer('Removing', undefined);
        const row = this.#rows.rows.get(lab);
        const id = crypto.randomUUID();
        this.#rows.remove(lab);
        if (row) this.#bin.set([{ row, entry: deletedLab(id, lab, row.title, 0) }, ...this.#bin.value]);
        return { id };
      },
      deleted: async function* (this: FakeLabs, _input: object, o?: { signal?: AbortSignal }) {
        for await (const all of this.#bin.watch(o?.signal)) yield all.map(({ entry }) => entry);
      }.bind(this),
      restore: async ({ id }) => {
        await this.#answer('Restoring', undefined);
        const found = this.#dropDeleted(id);
        if (found?.row) this.#rows.put(found.row);
        return { lab: found?.entry.name ?? '' };
      },
      purge: async ({ id }) => {
        await this.#answer('Purging', undefined);
        this.#dropDeleted(id);
      },
    };
  }
  #dropDeleted(id: string): { row?: LabRow; entry: DeletedLab } | undefined {
    const found = this.#bin.value.find(({ entry }) => entry.id === id);
    this.#bin.set(this.#bin.value.filter((each) => each !== found));
    return found;
  }
  async *#watchRun(lab: string, signal?: AbortSignal): AsyncGenerator<LabRun | undefined> {
    for await (const { run } of this.#value(lab).watch(signal)) yield run;
  }
}
