import { asProblem } from './contract/problem.ts';
import { exit, UsageError } from './cli/command.ts';
import { commands, overview } from './cli/commands.ts';

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(overview());
    return name === undefined ? exit.usage : exit.ok;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    process.stderr.write(`hearth: there is no command "${name}"\n\n${overview()}`);
    return exit.usage;
  }
  const command = await entry.load();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.usage);
    return exit.ok;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`hearth ${name}: ${error.message}\n\n${command.usage}`);
      return exit.usage;
    }
    return report(error);
  }
}

function report(error: unknown): number {
  const problem = asProblem(error);
  const lines = [
    `hearth: ${problem.title}: ${problem.detail}`,
    ...(problem.cause ? [`  why: ${problem.cause}`] : []),
    ...(problem.fix ? [`  what to do: ${problem.fix}`] : []),
    ...(problem.output ?? []).map((line) => `  | ${line}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (problem.code === 'unexpected' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (problem.kind === 'cancelled') return exit.interrupted;
  return problem.code === 'preflight-blocked' ? exit.notPossible : exit.failed;
}

process.exitCode = await main(process.argv.slice(2));
