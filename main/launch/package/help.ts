import { execa } from 'execa';
import { commandsOf } from '../../../provisioning/packaging/man.ts';
import type { HelpTexts } from '../../../provisioning/packaging/man.ts';

/** Asks the built command line for its help: the man page is made of what it really says. `argv`: what starts it. */
export async function helpTexts([program, ...first]: readonly [string, ...string[]]): Promise<HelpTexts> {
  const ask = async (...args: string[]): Promise<string> =>
    (await execa(program, [...first, ...args, '--help'], { timeout: 60_000, stdin: 'ignore' })).stdout;
  const overview = await ask();
  const commands = [];
  for (const command of commandsOf(overview)) commands.push({ ...command, usage: await ask(command.name) });
  return { overview, commands };
}
