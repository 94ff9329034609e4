// Machines come and go for as long as asked, through the real backend, engine and QEMU; everything that could leak is
// counted. Ends with a verdict: code 0 where all is flat and nothing is left, 1 where not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { dataPaths } from '../../main/backend/paths.ts';
import { preparePaths } from '../../main/embedded/process/paths.ts';
import { startHearth } from '../support/hearth.ts';
import type { Hearth } from '../support/hearth.ts';
import { createChurn } from './churn.ts';
import { fullHistory } from './history.ts';
import { keptFile, lineOf, report, tolerances, warmMachines } from './report.ts';
import { argvOf, descriptorsOf, filesBelow, processesOf, sampleProcess } from './sample.ts';
import type { Sample } from './sample.ts';
import { leftOver, slopeOf } from './verdict.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    every: { type: 'string', default: '5' },
    lanes: { type: 'string', default: '2' },
    keep: { type: 'boolean', default: false },
  },
});
const [minutes, every, lanes] = [values.minutes, values.every, values.lanes].map(Number) as [number, number, number];
if (![minutes, every, lanes].every((value) => value > 0))
  throw new Error('--minutes, --every and --lanes are positive numbers');

const dataDir = mkdtempSync(join(tmpdir(), 'hearth-soak-'));
const probes = mkdtempSync(join(tmpdir(), 'hearth-probes-'));
// Lists of what was done are full from the beginning: they are bounded, and filling them is no leak.
fullHistory(dataDir);
const began = performance.now();
const seconds = (): number => (performance.now() - began) / 1000;
const hearth = await startHearth(dataDir, {
  args: ['--stop-vms'],
  env: { HEARTH_SOAK_PROBE: probes, NODE_OPTIONS: `--import ${join(import.meta.dirname, 'probe.mjs')}` },
});
const runFolders = [dataPaths(dataDir).run, preparePaths(dataDir, dataDir).run];
const places = [dataDir, ...runFolders];
let code = 1;
try {
  code = await soak(hearth);
} finally {
  await hearth.stop();
  for (const [pid] of processesOf(places, [])) process.kill(pid, 'SIGKILL');
  rmSync(probes, { recursive: true, force: true });
  if (!values.keep) rmSync(dataDir, { recursive: true, force: true });
}
process.exit(code);

interface State {
  processes: string[];
  backend: string[];
  engine: string[];
  files: string[];
}

async function soak(of: Hearth): Promise<number> {
  const backend = of.process.pid ?? 0;
  const ours = () => processesOf(places, [backend]);
  const enginePid = (): number => [...ours()].find(([, kind]) => kind === 'engine')?.[0] ?? 0;
  // As a person has it: one page with its lists open, all the time.
  const page = await of.page();
  const { api } = page;
  await api.settings.update({ setupDone: true });
  for (const stream of [
    api.machines.watch({}),
    api.tasks.watch({}),
    api.audit.watch({}),
    api.metrics.hosts({ range: '1h' }),
  ])
    void (async () => {
      for await (const _update of stream as AsyncIterable<unknown>);
    })().catch(() => undefined); // over with its page

  const kill = (name: string): void => {
    for (const [pid, kind] of ours())
      if (kind === 'qemu' && argvOf(pid).some((part) => part.startsWith(`guest=${name},`)))
        process.kill(pid, 'SIGKILL');
  };
  const churn = createChurn(api, kill);
  let done = 0;
  let index = 0;
  const failures: string[] = [];
  const one = async (): Promise<void> => {
    const mine = index++;
    try {
      await churn.one(mine);
      done += 1;
    } catch (error) {
      failures.push(`soak-${mine}: ${error instanceof Error ? error.message : String(error)}`);
      if (failures.length > 5) throw error;
    }
  };
  /** Without what is kept on purpose for a while, and bounded. */
  const countedFiles = (): number => filesBelow([dataDir]).filter((path) => keptFile(path) === undefined).length;
  const state = (): State => ({
    processes: [...ours().values()],
    backend: descriptorsOf(backend),
    engine: descriptorsOf(enginePid()),
    files: filesBelow(places),
  });
  /** With no machine left: what is closed late (connections that are kept for a while) may still go. */
  const settled = async (like?: State): Promise<State> => {
    for (let round = 0; ; round += 1) {
      const now = state();
      const quiet = like !== undefined && leftIn(like, now).every(({ leaked }) => leaked.length === 0);
      if (quiet || round >= (like ? 30 : 5)) return now;
      await wait(2000);
    }
  };

  // Each way of living once: what is made once and stays belongs to the beginning.
  for (let each = 0; each < 6; each += 1) await one();
  const before = await settled();
  const engineBefore = enginePid();
  const end = seconds() + minutes * 60;
  const samples: Sample[] = [];
  const busy = Array.from({ length: lanes }, async () => {
    while (seconds() < end) await one();
  });
  const all = Promise.all(busy);
  all.catch(() => undefined); // waited for below
  for (let next = seconds(); seconds() < end && failures.length <= 5;) {
    const processes: Record<string, number> = {};
    for (const kind of ours().values()) processes[kind] = (processes[kind] ?? 0) + 1;
    const sample: Sample = {
      at: Math.round(seconds()),
      machines: done,
      backend: sampleProcess(backend, probes),
      engine: sampleProcess(enginePid(), probes),
      processes,
      files: countedFiles(),
      runFiles: filesBelow(runFolders).length,
    };
    samples.push(sample);
    console.log(lineOf(sample));
    next += every;
    await wait(Math.max(0, next - seconds()) * 1000);
  }
  await all;
  const after = await settled(before);
  if (values.keep) writeFileSync(join(dataDir, 'soak.json'), JSON.stringify({ samples, before, after }, null, 1));
  page.close();
  const slopes = tolerances.flatMap(({ of, ...tolerance }) => {
    const figures = samples.map(of).filter((value) => value !== undefined);
    return slopeOf(figures, tolerance);
  });
  const left = leftIn(before, after);
  if (enginePid() !== engineBefore) failures.push('the engine is another process than at the beginning');
  const warm = (samples[Math.floor(samples.length / 3)]?.machines ?? 0) >= warmMachines;
  const { text, good } = report({ seconds: seconds(), machines: done, slopes, warm, left, failures });
  console.log(text);
  return good ? 0 : 1;
}

function leftIn(before: State, after: State) {
  return [
    { what: 'processes', ...leftOver(before.processes, after.processes) },
    { what: 'open in the backend', ...leftOver(before.backend, after.backend) },
    { what: 'open in the engine', ...leftOver(before.engine, after.engine) },
    { what: 'files', ...leftOver(before.files, after.files, keptFile) },
  ];
}
