import { keepCode } from '../backend/keep-code.ts';
import { keepSmall } from '../backend/keep-small.ts';
import { exitText } from './command.ts';
import type { Command } from './command.ts';

/** Each loaded when it is asked for: `hearth kubeconfig` needs no web server. */
export const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  serve: {
    summary: 'run Hearth without a window, for a browser here or (--lan) for other computers',
    async load() {
      keepSmall();
      keepCode();
      return (await import('./serve.ts')).serveCommand;
    },
  },
  open: {
    summary: 'print a new sign-in address of the running Hearth',
    load: async () => (await import('./open.ts')).openCommand,
  },
  doctor: {
    summary: 'check what this computer can do',
    load: async () => (await import('./doctor-command.ts')).doctorCommand,
  },
  demo: {
    summary: 'boot the starter machine, log in over its console, clean up',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  kubeconfig: {
    summary: 'print the kubeconfig for kubectl and virtctl',
    load: async () => (await import('./kubeconfig.ts')).kubeconfigCommand,
  },
  why: {
    summary: 'say why a machine is not as it was asked to be, and what helps',
    load: async () => (await import('./why.ts')).whyCommand,
  },
  pod: {
    summary: 'containers of a cluster: list, logs, shell, forward a port',
    load: async () => (await import('./pod/pod.ts')).podCommand,
  },
  support: {
    summary: 'make a support bundle, secrets taken out',
    load: async () => (await import('./support.ts')).supportCommand,
  },
  create: {
    summary: 'make a machine, or several by a pattern of names',
    load: async () => (await import('./create.ts')).createCommand,
  },
  schedule: {
    summary: 'snapshots of machines that are taken by themselves',
    load: async () => (await import('./schedule.ts')).scheduleCommand,
  },
  task: {
    summary: 'list tasks, stop one, or try one again',
    load: async () => (await import('./task.ts')).taskCommand,
  },
  export: {
    summary: 'write a machine with its disks into one file',
    load: async () => (await import('./transfer.ts')).exportCommand,
  },
  move: {
    summary: 'bring a machine to another target, or a copy of it',
    load: async () => (await import('./move.ts')).moveCommand,
  },
  import: {
    summary: 'make a machine of such a file, or preview one of another program',
    load: async () => (await import('./transfer.ts')).importCommand,
  },
  set: {
    summary: 'everything of a target as a folder of YAML: export, apply, keep in step with Git',
    load: async () => (await import('./set/set.ts')).setCommand,
  },
  backups: {
    summary: 'machines kept at a NAS, disk or S3 server: encrypted, by a plan; restored from there',
    load: async () => (await import('./backups/backups.ts')).backupsCommand,
  },
  image: {
    summary: 'the image library: list, recognise systems, say which one it is',
    load: async () => (await import('./image.ts')).imageCommand,
  },
  lab: {
    summary: 'labs: learn and demonstrate, with steps that check themselves',
    load: async () => (await import('./lab/lab.ts')).labCommand,
  },
  class: {
    summary: 'labs in a class: hold one, or join one in the network',
    load: async () => (await import('./class.ts')).classCommand,
  },
  up: {
    summary: 'make this computer (or another over SSH) an appliance: k3s, KubeVirt, CDI',
    load: async () => (await import('./appliance/up.ts')).upCommand,
  },
  down: {
    summary: 'take the appliance away again, exactly',
    load: async () => (await import('./appliance/down.ts')).downCommand,
  },
  status: {
    summary: 'how the appliance stands',
    load: async () => (await import('./appliance/care.ts')).statusCommand,
  },
  appliance: {
    summary: 'start, stop or restart it; renew its certificates; follow a changed network',
    load: async () => (await import('./appliance/care.ts')).applianceCommand,
  },
  backup: {
    summary: 'back up the appliance (datastore, token, configuration)',
    load: async () => (await import('./appliance/care.ts')).backupCommand,
  },
  restore: {
    summary: 'go back to a backup',
    load: async () => (await import('./appliance/care.ts')).restoreCommand,
  },
  upgrade: {
    summary: 'upgrade k3s, KubeVirt or CDI along allowed steps',
    load: async () => (await import('./appliance/care.ts')).upgradeCommand,
  },
  join: {
    summary: 'make a second machine a node of an appliance',
    load: async () => (await import('./appliance/join.ts')).joinCommand,
  },
  target: {
    summary: 'list, add, test, use, rename or forget targets',
    load: async () => (await import('./target.ts')).targetCommand,
  },
  user: {
    summary: 'list, add, change or remove the people who sign in over the network',
    load: async () => (await import('./user.ts')).userCommand,
  },
  box: {
    summary: 'find, pair and look after boxes that were installed from a stick',
    load: async () => (await import('./box/box.ts')).boxCommand,
  },
  usb: {
    summary: 'write a USB stick from which a computer becomes a box',
    load: async () => (await import('./usb/usb.ts')).usbCommand,
  },
  bundle: {
    summary: 'make or check an offline bundle',
    load: async () => (await import('./appliance/bundle.ts')).bundleCommand,
  },
};

/** What `hearth --help` prints. */
export function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `Usage: hearth COMMAND [OPTION ...]\n\n${rows.join('\n')}\n\n\`hearth COMMAND --help\` tells more.\n${exitText}\n`;
}
