// Runs the suites that boot guests and whole computers in two lanes, file by file, the most telling first, and stops beginning
// files when the time that CI has is used up: those are named and counted as skipped, never as passed. Guests on a busy computer
// are slow: files that failed get a second run at the end, one by one with nothing beside them, and the report says RETRIED.
// node .ci/lanes.mjs MINUTES-LEFT: prints what each file printed as it ends, then a line for each trouble and the counts.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(import.meta.dirname);
const say = (line) => process.stdout.write(`${line}\n`);
const begun = Date.now();
/** Nothing runs any more. */
const last = begun + Number(process.argv[2]) * 60_000;
/** What is left then is for second runs. */
const end = last - Math.min(14, Number(process.argv[2]) / 4) * 60_000;
/** Minutes of a quiet computer of two cores; files that are not named take one. */
const minutes = JSON.parse(readFileSync(join(import.meta.dirname, 'minutes.json'), 'utf8'));
/** Small files share a start of the test program. */
const batch = 3;

/** Not for two lanes: named as not run, with why, and never counted as passed. */
const leftOut = {
  'box/asked.test.ts':
    'its emulated computers want both cores for a quarter of an hour, the time of twenty other files; `npm run test:box -- asked` runs it',
};

const filesOf = (project) =>
  readdirSync(join(root, 'test', project), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name))
    .map((name) => `${project}/${name}`)
    .filter((name) => !(name in leftOut));
const costOf = (file) => minutes[file] ?? 1;

/** Work of one project: `files` in one start, by cost; big files first, so that no long one is left for the end of a lane. */
function batches(project) {
  const made = [];
  for (const file of filesOf(project).sort((a, b) => costOf(b) - costOf(a))) {
    const room = made.find((each) => each.cost + costOf(file) <= batch);
    if (room) {
      room.files.push(file);
      room.cost += costOf(file);
    } else made.push({ project, files: [file], cost: costOf(file) });
  }
  return made;
}
// Operations first: they are the product. Boxes and appliances follow on the other core.
const waiting = [...batches('operations'), ...batches('box'), ...batches('appliance')];
const lanes = [
  ['operations', 'appliance', 'box'],
  ['box', 'appliance', 'operations'],
];
/** Files of these build a shared image or listen at fixed places: one at a time. */
const alone = new Set(['box', 'appliance']);
const running = new Set();
/** What each file counted: `passed`, `failed`, `skipped`, and its lines of trouble. */
const results = new Map();
/** How much longer than on the quiet computer work takes here; learned from what has ended. */
const seen = { cost: 4, took: 4 * 1.3 };

const next = (order) => {
  for (const project of order) {
    if (alone.has(project) && running.has(project)) continue;
    const at = waiting.findIndex(
      (each) => each.project === project && Date.now() + each.cost * (seen.took / seen.cost) * 60_000 < end,
    );
    if (at >= 0) return waiting.splice(at, 1)[0];
  }
  return undefined;
};

async function lane(order) {
  for (;;) {
    const work = next(order);
    if (!work) {
      // Somebody else's project may end and leave work.
      if (running.size === 0 || waiting.every(({ project }) => !alone.has(project))) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      continue;
    }
    running.add(work.project);
    await run(work);
    running.delete(work.project);
  }
}

/** Runs files once, and keeps what they counted. Tells those that failed. */
async function run({ project, files, cost }, until = end + 120_000) {
  const started = Date.now();
  const child = spawn(
    process.execPath,
    [join(root, 'main/launch/test.mjs'), '--once', '--project', project, ...files],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  let late = false;
  const stop = (signal) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(() => {
    late = true;
    stop('SIGTERM');
    setTimeout(() => stop('SIGKILL'), 10_000).unref();
  }, until - started);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const took = (Date.now() - started) / 60_000;
  seen.cost += cost;
  seen.took += took;
  process.stdout.write(text);
  say(`${files.join(' ')}: ${took.toFixed(1)} min (${cost} on a quiet computer)`);
  const counted = (file) => new RegExp(`^COUNTED ${file.replaceAll('.', String.raw`\.`)}: (\\d+) (\\d+) (\\d+)$`, 'm').exec(text)?.slice(1).map(Number); // prettier-ignore
  // Something beside the tests went wrong, e.g. an error that nobody caught: nobody's, so everybody's.
  const astray = code !== 0 && !late && !files.some((file) => counted(file)?.[1] !== 0);
  const lines = text.split('\n').filter((line) => /^(FAILED|RETRIED) /.test(line));
  for (const file of files) {
    const before = results.get(file);
    const mine = lines.filter((line) => line.includes(` ${file}: `));
    const numbers = counted(file);
    // A second run that found no time leaves what the first one said.
    if (late && !numbers) {
      if (!before) results.set(file, { project, passed: 0, failed: 0, skipped: 1, lines: [`NOT ENDED ${file}: no time was left`] }); // prettier-ignore
      continue;
    }
    const [passed, failed, skipped] = numbers ?? [0, 1, 0];
    const told = { passed, failed: failed + (astray ? 1 : 0), skipped };
    const trouble = numbers && !astray ? mine : [...mine, `FAILED ${file}: ended with ${code}${numbers ? ' beside its tests' : ' and told no count'}`]; // prettier-ignore
    const again = told.failed === 0 ? (before?.lines ?? []).map((line) => line.replace(/^FAILED/, 'RETRIED')) : [];
    results.set(file, { project, ...told, lines: [...again, ...trouble] });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all(lanes.map(lane));
  // The short ones first: as many as there is time for.
  const failed = [...results].filter(([, result]) => result.failed > 0).sort(([a], [b]) => costOf(a) - costOf(b));
  for (const [file, { project }] of failed) {
    const cost = costOf(file);
    if (Date.now() + cost * 60_000 < last) await run({ project, files: [file], cost }, last + 120_000);
    else say(`${file}: no time was left for a second run`);
  }
  for (const { files } of waiting)
    for (const file of files) results.set(file, { passed: 0, failed: 0, skipped: 1, lines: [`NOT RUN ${file}: no time was left`] }); // prettier-ignore
  for (const [file, why] of Object.entries(leftOut)) results.set(file, { passed: 0, failed: 0, skipped: 1, lines: [`NOT RUN ${file}: ${why}`] }); // prettier-ignore
  const all = [...results.values()];
  const sum = (of) => all.reduce((total, result) => total + of(result), 0);
  for (const { lines } of all) for (const line of lines) say(line);
  say(`Boots, boxes and appliances: ${((Date.now() - begun) / 60_000).toFixed(1)} min`);
  const failures = sum((result) => result.failed);
  say(`${sum((result) => result.passed)} passed, ${failures} failed, ${sum((result) => result.skipped)} skipped`);
  process.exitCode = failures > 0 ? 1 : 0;
}
