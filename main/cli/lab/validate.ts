import { exit, UsageError } from '../command.ts';
import { readNamed, told } from './files.ts';

/** Findings on stdout, one a line. Exit code 1 where one of them is an error. */
export async function validateLabs(args: string[]): Promise<number> {
  if (args.length === 0 || args.some((each) => each.startsWith('-'))) throw new UsageError('give lab files or folders');
  let wrong = false;
  for (const name of args) {
    const { path, findings, lab } = await readNamed(name);
    for (const finding of findings) process.stdout.write(`${told(path, finding)}\n`);
    if (lab) process.stdout.write(`${path}: "${lab.metadata.title}", ${lab.steps.length} steps, is right\n`);
    else wrong = true;
  }
  return wrong ? exit.failed : exit.ok;
}
