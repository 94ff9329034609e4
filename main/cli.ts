import { asProblem } from './contract/problem.ts';
import { exit, exitText, UsageError } from './cli/command.ts';
import type { Command } from './cli/command.ts';

/** Each loaded when it is asked for: `hearth kubeconfig` needs no web server. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  serve: {
    summary: 'run Hearth without a window and print a sign-in address',
    load: async () => (await import('./cli/serve.ts')).serveCommand,
  },
  open: {
    summary: 'print a new sign-in address of the running Hearth',
    load: async () => (await import('./cli/open.ts')).openCommand,
  },
  doctor: {
    summary: 'check what this computer can do',
    load: async () => (await import('./cli/doctor-command.ts')).doctorCommand,
  },
  demo: {
    summary: 'boot the starter machine, log in over its console, clean up',
    load: async () => (await import('./cli/demo.ts')).demoCommand,
  },
  kubeconfig: {
    summary: 'print the kubeconfig for kubectl and virtctl',
    load: async () => (await import('./cli/kubeconfig.ts')).kubeconfigCommand,
  },
  why: {
    summary: 'say why a machine is not as it was asked to be, and what helps',
    load: async () => (await import('./cli/why.ts')).whyCommand,
  },
  support: {
    summary: 'make a support bundle, secrets taken out',
    load: async () => (await import('./cli/support.ts')).supportCommand,
  },
  export: {
    summary: 'write a machine with its disks into one file',
    load: async () => (await import('./cli/transfer.ts')).exportCommand,
  },
  import: {
    summary: 'make a machine of such a file',
    load: async () => (await import('./cli/transfer.ts')).importCommand,
  },
  up: {
    summary: 'make this computer (or another over SSH) an appliance: k3s, KubeVirt, CDI',
    load: async () => (await import('./cli/appliance/up.ts')).upCommand,
  },
  down: {
    summary: 'take the appliance away again, exactly',
    load: async () => (await import('./cli/appliance/down.ts')).downCommand,
  },
  status: {
    summary: 'how the appliance stands',
    load: async () => (await import('./cli/appliance/care.ts')).statusCommand,
  },
  appliance: {
    summary: 'start, stop or restart it; renew its certificates; follow a changed network',
    load: async () => (await import('./cli/appliance/care.ts')).applianceCommand,
  },
  backup: {
    summary: 'back up the appliance (datastore, token, configuration)',
    load: async () => (await import('./cli/appliance/care.ts')).backupCommand,
  },
  restore: {
    summary: 'go back to a backup',
    load: async () => (await import('./cli/appliance/care.ts')).restoreCommand,
  },
  upgrade: {
    summary: 'upgrade k3s, KubeVirt or CDI along allowed steps',
    load: async () => (await import('./cli/appliance/care.ts')).upgradeCommand,
  },
  join: {
    summary: 'make a second machine a node of an appliance',
    load: async () => (await import('./cli/appliance/join.ts')).joinCommand,
  },
  target: {
    summary: 'list, add, test, use, rename or forget targets',
    load: async () => (await import('./cli/target.ts')).targetCommand,
  },
  box: {
    summary: 'find, pair and look after boxes that were installed from a stick',
    load: async () => (await import('./cli/box/box.ts')).boxCommand,
  },
  usb: {
    summary: 'write a USB stick from which a computer becomes a box',
    load: async () => (await import('./cli/usb/usb.ts')).usbCommand,
  },
  bundle: {
    summary: 'make or check an offline bundle',
    load: async () => (await import('./cli/appliance/bundle.ts')).bundleCommand,
  },
};

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `Usage: hearth COMMAND [OPTION ...]\n\n${rows.join('\n')}\n\n\`hearth COMMAND --help\` tells more.\n${exitText}\n`;
}

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
