import type { LabPreview, LabRow } from '../../../../main/contract/labs/run.ts';
import { minutesAgo } from '../boxes/data.ts';

const mib = 1024 ** 2;
const row = (name: string, title: string, summary: string, more: Partial<LabRow> = {}): LabRow => ({
  name,
  title,
  summary,
  minutes: 10,
  level: 'beginner',
  tags: [],
  steps: 4,
  origin: 'shipped',
  version: '1',
  memory: 128 * mib,
  missing: [],
  ...more,
});

export const firstVm = row('first-vm', 'Your first VM', 'Log in to a machine, see what it is made of, and switch it off and on.', {
  level: 'first steps', minutes: 8, tags: ['console'],
}); // prettier-ignore
export const networks = row('networks', 'Two networks and a router', 'Two private networks, a router between them, and a machine that moves while it runs.', {
  level: 'intermediate', minutes: 25, steps: 6, memory: 384 * mib, tags: ['networks'],
}); // prettier-ignore
const longWords = 'pneumonoultramicroscopicsilicovolcanoconiosis';
export const long = row(`a-lab-with-a-name-that-goes-on-and-on-and-on-forever`, `The ${longWords} of a very long title that nobody would choose but somebody will write`, `A summary that tells it all at great length, with ${longWords}${longWords} in it, and that does not stop before it has said everything there is to say about what a learner will do, and why, and with which tools, and for whom.`, {
  level: 'advanced', minutes: 240, steps: 14, memory: 12 * 1024 * mib, origin: 'own', version: '2026-11-20-draft-with-a-long-version',
}); // prettier-ignore

export const rows: LabRow[] = [
  firstVm,
  row('kubernetes-object', 'A VM is a Kubernetes object', 'kubectl, YAML, watch; delete it and see it come back.', { minutes: 12, tags: ['kubectl'], best: { score: 40, of: 40, seconds: 611, at: minutesAgo(60 * 26) } }),
  row('cloud-init', 'A server from a file', 'cloud-init makes users, files and a web server at the first boot.', { minutes: 15, best: { score: 25, of: 50, seconds: 1_290, at: minutesAgo(60 * 50) } }),
  networks,
  row('containers', 'VMs beside containers', 'One service, and behind it a VM and a deployment.', { level: 'intermediate', minutes: 20, missing: [{ what: 'Deployments are not served here.', remedy: 'Install an appliance, or choose a cluster.' }] }),
  row('isolation', 'Isolation compared', 'runc, gVisor, Kata and a VM, side by side.', { level: 'advanced', minutes: 30, missing: [{ what: 'Runtime classes are not served here.', remedy: 'Choose a cluster with gVisor and Kata.' }, { what: 'Hardware virtualization is missing.' }] }),
  row('my-lab', 'My lab', 'One machine, and something to do with it.', { origin: 'own', level: 'beginner', minutes: 5, steps: 1, version: '3' }),
  row('broken-lab', 'broken-lab', '', {
    origin: 'own', steps: 0, memory: 0,
    problem: { code: 'lab-file-wrong', title: 'The file is not right', detail: 'Line 12: steps[0].checks[1]: Exactly one of: api, serial, screen, http, tcp, ssh, agent, ping. Line 31: the machine "wbe" is not in the file.', fix: 'Open the file: each finding stands beside its line.', kind: 'failed' },
  }),
  row('being-written', 'Being written', 'It is read anew each time that its file is saved.', { origin: 'development', steps: 2, minutes: 3 }),
]; // prettier-ignore

const starter = { name: 'starter', from: 'The starter image of this library', there: true, size: 21 * mib };
/** What a start of it would make. */
export function preview(of: LabRow, short: boolean): LabPreview {
  const machines = of.name === networks.name ? ['left', 'right', 'router'] : ['web'];
  const free = short ? 96 * mib : 5_300 * mib;
  return {
    row: of,
    objects: [
      { kind: 'Namespace', name: `lab-${of.name}` },
      { kind: 'Secret', name: 'lab-ssh-key' },
      ...(machines.length > 1 ? ['blue', 'green'].map((name) => ({ kind: 'NetworkAttachmentDefinition', name })) : []),
      ...machines.map((name) => ({ kind: 'DataVolume', name: `${name}-root` })),
      ...machines.map((name) => ({ kind: 'VirtualMachine', name })),
      ...machines.map((name) => ({ kind: 'Service', name: `${name}-80` })),
    ],
    images: [
      starter,
      ...(machines.length > 1
        ? [{ name: 'router', from: 'https://images.example.org/router-3.2.qcow2', sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', size: 187 * mib, there: false }]
        : []),
    ],
    memory: { wanted: of.memory, free },
    disk: { wanted: 300 * mib * machines.length, free: 41_000 * mib },
    problems: of.memory > free
      ? [{ code: 'not-enough-memory', title: 'Not enough memory', detail: `Its machines need ${of.memory / mib} MiB, and ${free / mib} MiB are free.`, fix: 'Stop a machine, or give other machines less.', kind: 'failed' }]
      : [],
  };
} // prettier-ignore

export const fileText = `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata:
  name: first-vm
  title: Your first VM
  summary: Log in to a machine, see what it is made of, and switch it off and on.
  minutes: 8
  level: first steps
images:
  - name: starter
    use: starter
machines:
  - name: web
    image: starter
steps:
  - id: look
    title: Look at it
    text: The machine **web** has started.
`;
