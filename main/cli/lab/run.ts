import type { LabRun } from '../../contract/labs/run.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { labArgument, openLab, withLabs } from './session.ts';

/** Starts a lab and tells what happens in it until it is finished, ended, or Ctrl+C. */
export async function runLab(args: string[]): Promise<number> {
  const { argument, rest } = labArgument(args);
  const values = readOptions(rest, { 'data-dir': { type: 'string' } });
  return withLabs(values['data-dir'], 'The lab runs on. Take it away with: hearth lab end NAME', async (session) => {
    const { api, signal, done, running } = session;
    const { name } = await openLab(session, argument);
    const code = await done(api.labs.start({ lab: name }));
    if (code !== exit.ok) return code;
    if (!running) process.stderr.write('See it in a browser: hearth serve\n');
    const seen = new Set<string>();
    for await (const run of api.labs.run({ lab: name }, { signal })) {
      if (!run) return exit.ok;
      for (const line of linesOf(run)) {
        if (seen.has(line)) continue;
        seen.add(line);
        process.stdout.write(`${line}\n`);
      }
    }
    return exit.interrupted;
  });
}

/** How a run stands, one line a step and a check. Pure. */
const linesOf = (run: LabRun): string[] => {
  const at = run.step + 1;
  const open = run.steps[run.step];
  const checks = (open?.checks ?? []).map(({ title, state, told }) => `    ${state === 'passed' ? 'ok' : '--'} ${title}${state !== 'passed' && told ? `: ${told}` : ''}`); // prettier-ignore
  const end = run.state === 'finished' ? [`Finished: ${run.score.reached} of ${run.score.of} points in ${run.seconds} s`] : []; // prettier-ignore
  return [...(open ? [`${at}/${run.steps.length} ${open.title}`] : []), ...checks, ...end];
};

/** Ends a lab that runs. */
export async function endLab(args: string[]): Promise<number> {
  const { argument, rest } = labArgument(args);
  const values = readOptions(rest, { 'data-dir': { type: 'string' } });
  if (argument.includes('/')) throw new UsageError('give the name of a lab');
  return withLabs(values['data-dir'], undefined, async (session) => {
    const code = await session.done(session.api.labs.end({ lab: argument }));
    if (code === exit.ok) process.stdout.write(`${argument} is gone\n`);
    return code;
  });
}
