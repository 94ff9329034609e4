import { asProblem } from './contract/problem.ts';
import { exit, exitText, UsageError } from './cli/command.ts';
import type { Command } from './cli/command.ts';

/** Each loaded when it is asked for: `hearth kubeconfig` needs no web server. */
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand,
  open: async () => (await import('./cli/open.ts')).openCommand,
  doctor: async () => (await import('./cli/doctor-command.ts')).doctorCommand,
  demo: async () => (await import('./cli/demo.ts')).demoCommand,
  kubeconfig: async () => (await import('./cli/kubeconfig.ts')).kubeconfigCommand,
};

async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(12)}${(await load()).summary}`),
  );
  return `Usage: hearth COMMAND [OPTION ...]\n\n${rows.join('\n')}\n\n\`hearth COMMAND --help\` tells more.\n${exitText}\n`;
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(await overview());
    return name === undefined ? exit.usage : exit.ok;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    process.stderr.write(`hearth: there is no command "${name}"\n\n${await overview()}`);
    return exit.usage;
  }
  const command = await load();
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
  return problem.kind === 'cancelled' ? exit.interrupted : exit.failed;
}

process.exitCode = await main(process.argv.slice(2));
