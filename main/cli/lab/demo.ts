import { demoPaceSchema } from '../../contract/labs/demo.ts';
import type { LabDemo } from '../../contract/labs/demo.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { labArgument, openLab, runWhen, withLabs } from './session.ts';
import type { LabSession } from './session.ts';

/** Starts a lab where it does not run yet, lets it play itself, and tells its words until it is over; Ctrl+C ends the demonstration, not the lab. */
export async function demoLab(args: string[]): Promise<number> {
  const { argument, rest } = labArgument(args);
  const values = readOptions(rest, {
    'data-dir': { type: 'string' },
    loop: { type: 'boolean', default: false },
    pace: { type: 'string', default: '1' },
  });
  const pace = demoPaceSchema.safeParse(values.pace.trim() === '' ? NaN : Number(values.pace));
  if (!pace.success) throw new UsageError('--pace is a number from 0.25 to 10');
  return withLabs(values['data-dir'], 'The lab runs on. Take it away with: hearth lab end NAME', async (session) => {
    const { api, signal, done, running } = session;
    const { name } = await openLab(session, argument);
    const code = await done(api.labs.start({ lab: name }));
    if (code !== exit.ok) return code;
    if (!running) process.stderr.write('See it in a browser: hearth serve\n');
    await api.labs.playDemo({ lab: name, pace: pace.data, loop: values.loop });
    try {
      return await follow(session, name);
    } finally {
      // The one who began it is gone; a demonstration that is over already says so, and that is right.
      if (signal.aborted) await api.labs.steerDemo({ lab: name, command: 'take-over' }).catch(() => undefined);
    }
  });
}

async function follow(session: LabSession, lab: string): Promise<number> {
  const { api, signal } = session;
  const titles = (await runWhen(session, lab, () => true)).steps.map(({ title }) => title);
  let before: LabDemo | undefined;
  for await (const demo of api.labs.demo({ lab }, { signal })) {
    for (const line of demoLines(before, demo, titles)) process.stdout.write(`${line}\n`);
    if (!demo || demo.state === 'over') return exit.ok;
    if (demo.state === 'stopped') {
      if (demo.problem) throw new ProblemError(demo.problem);
      return exit.ok;
    }
    before = demo;
  }
  return exit.interrupted;
}

/** What is new in a demonstration, as lines. Pure. */
export function demoLines(before: LabDemo | undefined, now: LabDemo | undefined, titles: readonly string[]): string[] {
  if (!now) return ['Somebody took over: the lab is theirs'];
  const lines: string[] = [];
  if (now.round > (before?.round ?? 0)) lines.push(`Once more: round ${now.round + 1}`);
  if (before?.step !== now.step || before.round !== now.round) lines.push(`${now.step + 1}/${titles.length} ${titles[now.step] ?? ''}`); // prettier-ignore
  if (now.caption !== '' && now.caption !== before?.caption) lines.push(`    ${now.caption}`);
  if (now.doing === 'checking' && before?.doing !== 'checking') lines.push('    (waiting for the checks)');
  if (now.state === 'paused' && before?.state !== 'paused') lines.push('    (paused)');
  if (now.state === 'playing' && before?.state === 'paused') lines.push('    (goes on)');
  if (now.state === 'over') lines.push('The demonstration is over');
  if (now.state === 'stopped' && !now.problem) lines.push('The lab was ended');
  return lines;
}
